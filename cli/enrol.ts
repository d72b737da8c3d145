import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { enrolPeople } from "#device/enrolment/enrol.ts";
import { checkedName, photographsIn, readPersonFolders } from "#device/enrolment/photo-folder.ts";
import { rotatedVision } from "#device/gallery/rotated-vision.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { readImage } from "#device/source/read-image.ts";
import { TrialStore, trialFile } from "#device/trial/trial-store.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { runClass } from "./enrol-class.ts";
import { openGallery } from "./gallery.ts";
import { type Command, printResult } from "./io.ts";
import { openVision } from "./open-vision.ts";
import { foldersOf, keyStoreOf } from "./parts.ts";
import { refuseWithoutConsent } from "./refuse-without-consent.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura enrol --name NAME PHOTO... | --folder DIR [OPTIONS]
       tebura enrol --class NAME --folder DIR --consents FILE [OPTIONS]

Enrols people from photographs; each photograph shows one face from the front.

  --name NAME PHOTO...   one person, from one or more photographs or a folder of them
  --folder DIR           many people: a folder of photographs for each, named after them
  --class NAME           a school class: a folder or a picture for each child, named after them; says of
                         every child which picture, what is wrong and what to do
  --consents FILE        on trial: whose guardians have agreed, a name on each line, and after a comma the
                         last day (YYYY-MM-DD); of nobody else a template is made. Where consents are
                         signed, who has agreed is what cards have signed at this box
  --report FILE          the same for paper, in Japanese (HTML)
  --dry-run              look at everything, and keep nothing
  --replace              give somebody who is enrolled new templates in place of the old
${commonHelp}
`;

export const enrol: Command = {
  summary: "enrol a person from photographs",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      name: { type: "string" },
      folder: { type: "string" },
      replace: { type: "boolean", default: false },
      class: { type: "string" },
      consents: { type: "string" },
      report: { type: "string" },
      "dry-run": { type: "boolean", default: false },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const { class: className } = values;
    const people =
      className === undefined ? peopleFrom(values.name, values.folder, positionals) : [];
    const settings = settingsFrom(values);
    // A class's pictures go to those alone for whom a card has signed here; others' carry no consent.
    if (className === undefined) refuseWithoutConsent(settings.consent.rule === "signed");
    using _lock = lockFolder(settings.dataDir);
    using store = await openGallery(settings);
    const taken = people.filter(({ name }) => store.find(name) !== undefined);
    if (taken.length > 0 && !values.replace) {
      throw new TeburaError(
        "NAME_TAKEN",
        `${taken.length} of these names are enrolled already; --replace gives them new templates`,
      );
    }
    const { rotationSeed } = openIdentity(
      foldersOf(settings).device,
      settings.device.id,
      keyStoreOf(settings),
    );
    if (values.folder !== undefined && !values["dry-run"]) {
      using trials = new TrialStore(join(foldersOf(settings).device, trialFile));
      trials.rememberPhotographs(resolve(values.folder));
    }
    await using plain = await openVision(io, settings);
    await using vision = rotatedVision(plain, rotationSeed);
    if (className !== undefined) {
      const parts = { store, vision, calibration: plain.calibration, settings, io };
      return await runClass({ ...values, class: className }, parts);
    }
    const report = await enrolPeople(
      people,
      { replace: values.replace },
      { vision, gallery: store, readImage },
    );
    const result = {
      enrolled: report.enrolled.map(({ name }) => name),
      photographs: report.photographs,
      refused: report.refused,
      notEnrolled: people.length - report.enrolled.length,
    };
    printResult(io, values.json, result, ({ enrolled, photographs, refused }) =>
      [
        ...refused.map(({ code, message }) => `refused: ${code}: ${message}`),
        `enrolled ${enrolled.length} from ${photographs} photographs`,
      ].join("\n"),
    );
    return result.notEnrolled > 0 ? 1 : 0;
  },
};

function peopleFrom(
  name: string | undefined,
  folder: string | undefined,
  paths: readonly string[],
) {
  if (folder !== undefined && name === undefined && paths.length === 0) {
    return readPersonFolders(resolve(folder));
  }
  if (name === undefined || paths.length === 0 || folder !== undefined) {
    throw new TeburaError("USAGE", "enrol takes --name NAME PHOTO... or --folder DIR. Try --help.");
  }
  const photographs = paths
    .map((path) => resolve(path))
    .flatMap((path) =>
      statSync(path, { throwIfNoEntry: false })?.isDirectory() ? photographsIn(path) : [path],
    );
  return [{ name: checkedName(name), photographs }];
}
