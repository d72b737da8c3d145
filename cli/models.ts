import { readFile } from "node:fs/promises";
import { TeburaError } from "#contract/errors.ts";
import { addNetwork } from "#models/custom/add.ts";
import { parseCalibration, parseCustomEntry, parseEntryJson } from "#models/custom/entry.ts";
import { customNames, readStored, removeNetwork, storeCalibration } from "#models/custom/store.ts";
import { modelEntry, modelNames } from "#models/manifest.ts";
import { prepareModels } from "#models/store.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { foldersOf } from "./parts.ts";
import { progressBar } from "./progress.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura models ACTION [OPTIONS]

The face networks: those that come with this program, and those that you add.

  list                     names, kinds, licences, and which of them the configuration uses
  prepare                  convert the bundled networks now, so that the first start is quick
  add FILE|https-URL       add a detector or an embedder; see docs/models.md
    --entry FILE           what is known of the network, as JSON
    --sha256 DIGEST        what sha256sum prints for the file
    --accept-licence       you have read the licence that is shown, and accept it
  calibrate NAME TABLE     give an added embedder the table that "evaluate calibrate" wrote
  remove NAME              forget an added network
${commonHelp}
`;

const options = {
  ...commonOptions,
  entry: { type: "string" },
  sha256: { type: "string" },
  "accept-licence": { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>["values"];

interface Call {
  readonly values: Values;
  readonly settings: CommandSettings;
  readonly customDir: string;
  readonly operands: readonly string[];
  readonly io: Io;
}

const actions: Readonly<Record<string, { operands: number; run: (call: Call) => Promise<void> }>> =
  {
    list: { operands: 0, run: list },
    prepare: { operands: 0, run: prepare },
    add: { operands: 1, run: add },
    calibrate: { operands: 2, run: calibrate },
    remove: { operands: 1, run: remove },
  };

export const models: Command = {
  summary: "the face networks: list, prepare, add, calibrate, remove",
  async run(args, io) {
    const { values, positionals } = readArguments(args, options);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [name = "", ...operands] = positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action || operands.length !== action.operands) {
      throw new TeburaError(
        "USAGE",
        "tebura models takes list, prepare, add FILE, calibrate NAME TABLE or remove NAME. Try --help.",
      );
    }
    const settings = settingsFrom(values);
    await action.run({ values, settings, customDir: foldersOf(settings).models, operands, io });
    return 0;
  },
};

async function list({ values, settings, customDir, io }: Call): Promise<void> {
  const chosen = [settings.device.models.detector, settings.device.models.embedder];
  const rows = modelNames.map((name) => {
    const { licence, scoreToFalseMatchRate: table } = modelEntry(name);
    const isUsed = chosen.includes(name) || name === "facemesh";
    return {
      ...{ name, origin: "bundled", kind: "bundled", licence },
      ...{ isUsed, isCalibrated: table.length > 0 },
    };
  });
  const added = [];
  for (const name of await customNames(customDir)) {
    const { entry, sha256 } = await readStored(customDir, name);
    const table = entry.kind === "embedder" ? entry.scoreToFalseMatchRate : [];
    added.push({
      ...{ name, origin: "added", kind: entry.kind, licence: entry.licence.name, sha256 },
      ...{ isUsed: chosen.includes(name), isCalibrated: table.length > 0 },
    });
  }
  printResult(io, values.json, { models: [...rows, ...added] }, (result) =>
    result.models
      .map(({ name, kind, licence, isUsed }) =>
        [isUsed ? "*" : " ", name.padEnd(20), kind.padEnd(10), licence].join(" "),
      )
      .join("\n"),
  );
}

async function prepare({ values, io }: Call): Promise<void> {
  const bar = progressBar(io);
  const prepared = await prepareModels({
    onProgress({ name, done, total }) {
      bar({ label: `preparing the network ${name}`, done, total });
    },
  });
  const names = [...prepared.keys()];
  printResult(io, values.json, { prepared: names }, () => `${names.length} networks are ready`);
}

async function add({ values, customDir, operands, io }: Call): Promise<void> {
  const { entry: entryFile, sha256 } = values;
  if (entryFile === undefined || sha256 === undefined) {
    throw new TeburaError("USAGE", "tebura models add needs --entry and --sha256. Try --help.");
  }
  const entry = parseCustomEntry(await readJson(entryFile), entryFile);
  const { name, url, text, commercialUse } = entry.licence;
  const use = commercialUse ? "commercial use is allowed" : "NOT for commercial use";
  io.err(`${entry.name}: ${name} (${use})${url ? `, ${url}` : ""}\n\n${text.trimEnd()}\n\n`);
  const stored = await addNetwork({
    ...{ customDir, entry, sha256, from: operands[0]! },
    ...{ licenceAccepted: values["accept-licence"], signal: io.signal },
  });
  const result = { added: entry.name, kind: entry.kind, sha256: stored.sha256 };
  printResult(io, values.json, result, () => {
    const slot = entry.kind === "embedder" ? "embedder" : "detector";
    const next = `name it in the configuration: {"device":{"models":{"${slot}":"${entry.name}"}}}`;
    return entry.kind === "embedder" && entry.scoreToFalseMatchRate.length === 0
      ? `${entry.name} is added; ${next}\nIt has no calibration yet and admits nobody: see "tebura evaluate calibrate".`
      : `${entry.name} is added; ${next}`;
  });
}

async function calibrate({ values, customDir, operands, io }: Call): Promise<void> {
  const [name = "", from = ""] = operands;
  const tables = parseCalibration(await readJson(from), from);
  await storeCalibration(customDir, name, tables);
  printResult(
    io,
    values.json,
    { calibrated: name, rows: tables.scoreToFalseMatchRate.length },
    ({ rows }) => `${name} keeps ${rows} rows`,
  );
}

async function remove({ values, settings, customDir, operands, io }: Call): Promise<void> {
  const [name = ""] = operands;
  const { detector, embedder } = settings.device.models;
  if (name === detector || name === embedder) {
    throw new TeburaError(
      "USAGE",
      `${name} is named in the configuration; name another there first`,
    );
  }
  await removeNetwork(customDir, name);
  printResult(io, values.json, { removed: name }, () => `${name} is removed`);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new TeburaError("MODEL_ENTRY_INVALID", `${path} cannot be read`, { cause });
  });
  return parseEntryJson(text, path);
}
