import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { enrolClass } from "#device/enrolment/class-enrolment.ts";
import { readClassFolder, readConsentedChildren } from "#device/enrolment/class-folder.ts";
import { adviceOn, classReport } from "#device/enrolment/class-report.ts";
import { consentedClassGallery, signedConsents } from "#device/enrolment/signed-class.ts";
import type { GalleryStore } from "#device/gallery/gallery-store.ts";
import { readImage } from "#device/source/read-image.ts";
import type { Vision } from "#device/vision/vision.ts";
import type { CalibrationRow } from "#models/calibration.ts";
import { type Io, printResult } from "./io.ts";
import { clock } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

export interface ClassOptions {
  readonly class: string;
  readonly folder?: string | undefined;
  readonly consents?: string | undefined;
  readonly report?: string | undefined;
  readonly "dry-run": boolean;
  readonly replace: boolean;
  readonly json: boolean;
}

interface ClassParts {
  readonly store: GalleryStore;
  readonly vision: Pick<Vision, "detect" | "describe">;
  readonly calibration: readonly CalibrationRow[];
  readonly settings: CommandSettings;
  readonly io: Io;
}

/** Enrols a class from a folder, and says of every child how it went. Exit status 1 where somebody is missing. */
export async function runClass(options: ClassOptions, parts: ClassParts): Promise<number> {
  const { folder, consents, replace } = options;
  const isDry = options["dry-run"];
  const { store, vision, calibration, settings, io } = parts;
  const isSigned = settings.consent.rule === "signed";
  if (folder === undefined || (consents === undefined) !== isSigned) {
    const how = isSigned
      ? "--folder DIR alone: who has agreed is what cards have signed at this box, and no file"
      : "--folder DIR and --consents FILE: whose guardians have agreed";
    throw new TeburaError("USAGE", `enrol --class NAME takes ${how}`);
  }
  const localTime = localTimeIn(settings.device.place.timeZone);
  const madeAt = localTime(clock.wall());
  const children = readClassFolder(resolve(folder));
  const now = clock.wall();
  const names = children.map(({ name }) => name);
  const consented =
    consents === undefined
      ? signedConsents(store, names, settings.device.service, now)
      : readConsentedChildren(resolve(consents));
  const gallery = isSigned ? consentedClassGallery(store, now) : store;
  const rows = await enrolClass(
    { children, consented, replace, isDry },
    { vision, gallery, calibration, readImage, today: madeAt.slice(0, 10) },
  );
  if (options.report !== undefined) {
    const page = classReport(rows, { className: options.class, madeAt, isDry });
    writeFileSync(resolve(options.report), page);
  }
  const enrolled = rows.filter((row) => row.enrolled).length;
  const result = { class: options.class, dryRun: isDry, enrolled, children: rows };
  printResult(io, options.json, result, () =>
    [
      ...rows.flatMap(({ name, problem, looksLike }) => [
        ...(problem ? [`${name}: ${problem}: ${adviceOn(problem)}`] : []),
        ...(looksLike.length > 0 ? [`${name}: looks like ${looksLike.join(", ")}`] : []),
      ]),
      `${isDry ? "would enrol" : "enrolled"} ${enrolled} of ${rows.length}`,
    ].join("\n"),
  );
  return enrolled < rows.length ? 1 : 0;
}
