import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { TeburaError } from "#contract/errors.ts";

/**
 * Takes a data folder for this process alone, and makes it where it is missing. The lock is
 * SQLite's own on a small file, so a process that dies, however it dies, leaves none behind.
 * Throws DATA_LOCKED while another process holds it, DATA_UNWRITABLE where it cannot be written.
 */
export function lockFolder(folder: string): Disposable {
  let database: Database.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    database = new Database(join(folder, "lock"), { timeout: 0 });
    database.pragma("locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (pid INTEGER); COMMIT;");
  } catch (cause) {
    database?.close();
    throw asLockError(folder, cause);
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

function asLockError(folder: string, cause: unknown): TeburaError {
  if (cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY")) {
    return new TeburaError(
      "DATA_LOCKED",
      `another tebura process is using ${folder}; stop it, or choose another folder with --data`,
      { cause },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TeburaError(
    "DATA_UNWRITABLE",
    `the data folder ${folder} cannot be written (${why}); check its owner and free space`,
    { cause },
  );
}
