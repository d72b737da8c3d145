import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { ApiKeys } from "#gateway/api/api-keys.ts";
import { reasonHeader } from "#gateway/api/protection.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { silentLog } from "#runtime/log.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import type { Command, Io } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { clock, foldersOf } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura audit --person REFERENCE [OPTIONS]

Everything that this gateway holds of a person, every record that is about them, and everybody who
looked, as a text in Japanese for the person's own request. The request itself is recorded first, and
stands in the answer. Works beside a running gateway, and without one.

  --person REFERENCE  the office's number for the person
  --out FILE          write it there, readable by its owner alone
  --gateway URL       where the gateway's page is (default: where the settings have it)
${commonHelp}
`;

const keyLifeMs = 60_000;

export const audit: Command = {
  summary: "all that is held of a person and every use of it",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      person: { type: "string" },
      out: { type: "string" },
      gateway: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const reference = values.person;
    if (reference === undefined || positionals.length > 0) {
      throw new TeburaError("USAGE", "say whom with --person REFERENCE. Try --help.");
    }
    const settings = settingsFrom(values);
    const form = values.json ? "json" : "sheet";
    const text = await askGateway(settings, values.gateway, { reference, form }, io);
    if (values.out === undefined) io.out(text.endsWith("\n") ? text : `${text}\n`);
    else {
      writeFileSync(resolve(values.out), text, { mode: 0o600 });
      io.err(`tebura: written to ${values.out}\n`);
    }
    return 0;
  },
};

/** Asks the running gateway, or one that is started for this question where none runs. */
async function askGateway(
  settings: CommandSettings,
  given: string | undefined,
  asked: object,
  io: Io,
): Promise<string> {
  await using parts = new Disposables();
  const folder = foldersOf(settings).gateway;
  const { host, httpPort } = settings.gateway;
  const own = host === "0.0.0.0" ? "127.0.0.1" : host;
  let url = given ?? `http://${own}:${httpPort}`;
  if (given === undefined && holds(parts, [settings.dataDir, folder])) {
    const ports = { httpPort: 0, mqttPort: 0, fleetPort: 0, log: silentLog };
    const here = { ...settings.gateway, host: "127.0.0.1" };
    const gateway = openGateway({ ...settings, gateway: here }, ports);
    parts.use(gateway);
    url = (await gateway.start(io.signal)).httpUrl;
  }
  const keys = new ApiKeys(personFiles(folder).apiKeys);
  parts.defer(() => keys[Symbol.dispose]());
  const createdAt = clock.wall();
  const { id, text: key } = keys.create({
    ...{ name: "tebura audit", scopes: ["own-data:read", "protected:read"], createdAt },
    expiresAt: (createdAt + keyLifeMs) as WallMs,
  });
  parts.defer(() => keys.revoke(id, clock.wall()));
  return await ask(url, key, asked);
}

/** Whether nobody else uses these folders; they are then this process's until it is done. */
function holds(parts: Disposables, folders: readonly string[]): boolean {
  try {
    for (const folder of folders) {
      const lock = lockFolder(folder);
      parts.defer(() => lock[Symbol.dispose]());
    }
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== "DATA_LOCKED") throw error;
    return false;
  }
}

async function ask(url: string, key: string, asked: object): Promise<string> {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    // Whoever is under protection may ask for their own data like everybody.
    [reasonHeader]: "own-data",
  };
  const init = { method: "POST", headers, body: JSON.stringify(asked) };
  const answer = await fetch(new URL("/api/own-data", url), init).catch((cause: unknown) => {
    const how =
      "a gateway uses this data folder and does not answer there; say where with --gateway";
    throw new TeburaError("SOURCE_NOT_FOUND", `${url}: ${how}`, { cause });
  });
  const text = await answer.text();
  if (answer.ok) return text;
  if (answer.status === 404) {
    throw new TeburaError("PERSON_NOT_FOUND", "nobody is registered by that number");
  }
  throw new TeburaError("ACCESS_DENIED", `the gateway at ${url} answered ${answer.status}`);
}
