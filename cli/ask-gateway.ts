import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { ApiKeys, type Scope } from "#gateway/api/api-keys.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { silentLog } from "#runtime/log.ts";
import type { Io } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { clock, foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

/** What a command asks of a gateway's interface, so that the gateway has it on record. */
export interface Question {
  /** Under what name it stands in the ledger, and what it may see. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly path: string;
  readonly init?: RequestInit;
  /** Codes by the status that they are answered with; any other is ACCESS_DENIED. */
  readonly refusals: Readonly<Record<number, TeburaError>>;
}

const keyLifeMs = 60_000;

/** Asks the running gateway, or one that is started for this question where none runs; gives the answer's text. */
export async function askGateway(
  settings: CommandSettings,
  given: string | undefined,
  question: Question,
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
    ...{ name: question.name, scopes: [...question.scopes], createdAt },
    expiresAt: (createdAt + keyLifeMs) as WallMs,
  });
  parts.defer(() => keys.revoke(id, clock.wall()));
  return await ask(url, key, question);
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

async function ask(url: string, key: string, question: Question): Promise<string> {
  const { path, init = {}, refusals } = question;
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${key}`);
  const answer = await fetch(new URL(path, url), { ...init, headers }).catch((cause: unknown) => {
    const how =
      "a gateway uses this data folder and does not answer there; say where with --gateway";
    throw new TeburaError("SOURCE_NOT_FOUND", `${url}: ${how}`, { cause });
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const denied = new TeburaError(
    "ACCESS_DENIED",
    `the gateway at ${url} answered ${answer.status}`,
  );
  throw refusals[answer.status] ?? denied;
}
