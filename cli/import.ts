import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { columnTable } from "#gateway/import/column-table.ts";
import { encodings } from "#gateway/import/decode-text.ts";
import { type ImportReport, importBatches } from "#gateway/import/import-batches.ts";
import { type Batch, importLimits, readFile } from "#gateway/import/read-file.ts";
import { openPersons } from "#gateway/persons/open-persons.ts";
import { type RecordKind, recordKinds } from "#gateway/persons/records.ts";
import { dayIn } from "#gateway/views/view.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura import FILE --kind KIND [OPTIONS]
       tebura import FOLDER [OPTIONS]

Takes people and what ties them together into the gateway's registry, from CSV files: all of it,
or with one bad row nothing. The same file twice changes nothing. Works while the gateway runs.

  --kind KIND       ${recordKinds.join(", ")};
                    a folder holds files of these names, and they may name each other's persons
  --dry-run         say everything that is wrong, and what would change, and change nothing
  --columns         the columns of each file, in English and Japanese
  --encoding NAME   ${encodings.join(", ")}; without it, found out
${commonHelp}

Status 1 where a row is bad.
`;

const filesOfFolder = recordKinds.map((kind) => ({ kind, name: `${kind}.csv` }));

export const importCommand: Command = {
  summary: "people, classes, households, guardians, entitlements from CSV",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      kind: { type: "string" },
      encoding: { type: "string" },
      columns: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    if (values.columns) {
      printResult(io, values.json, columnTable(), describeColumns);
      return 0;
    }
    const [path] = positionals;
    if (path === undefined || positionals.length !== 1) {
      throw new TeburaError("USAGE", "tebura import takes one file or folder. Try --help.");
    }
    const settings = settingsFrom(values);
    const encoding = values.encoding === undefined ? undefined : oneOf(values.encoding, encodings);
    const today = dayIn(settings.gateway.timeZone)(clock.wall());
    const files = filesAt(path, values.kind);
    const batches: Batch[] = files.map((file) =>
      readFile(file.kind, bytesOf(file.path), { today, encoding }),
    );
    using persons = openPersons(foldersOf(settings).gateway, { clock, audit: showsNothing });
    const report = importBatches(persons.registry, batches, values["dry-run"]);
    const names = new Map(files.map((file) => [file.kind, basename(file.path)]));
    printResult(io, values.json, report, () => describe(report, names));
    return report.batches.every(({ problems }) => problems.length === 0) ? 0 : 1;
  },
};

/** An import shows nothing of anybody, so there is nothing to write down. */
async function showsNothing(): Promise<void> {
  throw new TeburaError("UNREACHABLE", "an import does not look at people");
}

function filesAt(path: string, kind: string | undefined) {
  const place = resolve(path);
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw new TeburaError("SOURCE_NOT_FOUND", `there is no ${path}`);
  if (!found.isDirectory()) {
    if (kind === undefined) throw new TeburaError("USAGE", "say with --kind what the file holds");
    return [{ kind: oneOf(kind, recordKinds), path: place }];
  }
  if (kind !== undefined) {
    throw new TeburaError(
      "USAGE",
      "--kind goes with a file; a folder's files say it by their names",
    );
  }
  const there = new Set(readdirSync(place));
  const files = filesOfFolder.filter(({ name }) => there.has(name));
  if (files.length === 0) {
    const names = filesOfFolder.map(({ name }) => name).join(", ");
    throw new TeburaError("SOURCE_NOT_FOUND", `${path} holds none of ${names}`);
  }
  return files.map((file) => ({ kind: file.kind, path: join(place, file.name) }));
}

function oneOf<T extends string>(text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new TeburaError("USAGE", `"${text}" is none of ${known.join(", ")}`);
}

function bytesOf(path: string): Uint8Array {
  try {
    // What is too large is refused by its size, and not by a machine that runs out of memory.
    if (statSync(path).size > importLimits.fileBytesMax) {
      return new Uint8Array(importLimits.fileBytesMax + 1);
    }
    return readFileSync(path);
  } catch (cause) {
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read ${path}`, { cause });
  }
}

function describeColumns(files: ReturnType<typeof columnTable>): string {
  return files
    .map(({ kind, columns }) => {
      const lines = columns.map(({ field, japanese, required, key }) =>
        ["", field.padEnd(12), key ? "key   " : required ? "needed" : "      ", japanese].join(
          "  ",
        ),
      );
      return [`${kind}.csv`, ...lines].join("\n");
    })
    .join("\n");
}

function describe(report: ImportReport, names: ReadonlyMap<RecordKind, string>): string {
  const lines = report.batches.flatMap(({ kind, rows, added, changed, unchanged, problems }) => {
    const counts = `${rows} rows, ${added} new, ${changed} changed, ${unchanged} unchanged`;
    return [
      ...problems.map(({ line, column, code, message }) => {
        const place = `${names.get(kind)}:${line}${column === null ? "" : `: ${column}`}`;
        return `${place}: ${code}: ${message}`;
      }),
      `${kind}: ${counts}, ${problems.length} problems`,
    ];
  });
  const isClean = report.batches.every(({ problems }) => problems.length === 0);
  const verdict = report.imported ? "imported" : isClean ? "would be imported" : "nothing imported";
  return [...lines, verdict].join("\n");
}
