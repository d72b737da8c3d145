import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { backUpGateway, restoreGateway } from "#gateway/backup.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { type Io, printResult } from "./io.ts";
import { clock } from "./parts.ts";

/** Copies the gateway's whole data folder; the gateway may be running. */
export function backUp(dataDir: string, to: string | undefined, json: boolean, io: Io): number {
  if (to === undefined) throw new TeburaError("USAGE", "tebura ledger backup takes a new FOLDER");
  const { at, entries } = backUpGateway(dataDir, resolve(to), clock.wall());
  printResult(io, json, { at, entries, folder: resolve(to) }, (done) =>
    [
      `${done.entries} entries copied to ${done.folder}`,
      "the gateway's key is in it: keep it as you keep the gateway",
    ].join("\n"),
  );
  return 0;
}

/** Puts a verified copy in place, for this gateway or for another that takes over. */
export async function restore(
  dataDir: string,
  from: string | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  if (from === undefined) throw new TeburaError("USAGE", "tebura ledger restore takes a FOLDER");
  using _lock = lockFolder(dataDir);
  const { at, entries } = await restoreGateway(resolve(from), dataDir);
  printResult(io, json, { at, entries }, (done) =>
    [
      `${done.entries} entries restored, as they were on ${new Date(done.at).toISOString()}`,
      "end the old gateway for good before this one starts: both would sign with the same key",
    ].join("\n"),
  );
  return 0;
}
