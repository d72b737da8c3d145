import { existsSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

/** A damaged file is refused; where the daily copy stands beside it, the error says so. */
export function openOrOfferBackup(path: string, migrations: readonly string[]): Database {
  try {
    return openDatabase(path, { migrations, synchronous: "FULL" });
  } catch (error) {
    const hasBackup = existsSync(path.replace(/\.db$/, ".backup.db"));
    if (!(error instanceof TeburaError) || error.code !== "DATA_CORRUPT" || !hasBackup) throw error;
    const message = `${error.message}; a copy of it is at hand: "tebura gallery restore" puts it back`;
    throw new TeburaError("DATA_CORRUPT", message, { cause: error });
  }
}
