import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { TeburaError } from "#contract/errors.ts";

export type { Database, Statement } from "better-sqlite3";

export interface DatabaseOptions {
  /** Statements that bring a database from one version to the next; the first makes the tables. */
  readonly migrations: readonly string[];
  /** "FULL" where a receipt depends on a commit surviving a power cut. */
  readonly synchronous: "FULL" | "NORMAL";
  readonly readonly?: boolean;
}

/**
 * Opens an SQLite file in write-ahead mode and brings it to the newest version. Throws
 * DATA_NEWER_VERSION for a file that a later release wrote, DATA_CORRUPT for one that is damaged or
 * no database, DATA_UNWRITABLE where it cannot be written, SOURCE_NOT_FOUND for a missing file that
 * was to be read only.
 */
export function openDatabase(path: string, options: DatabaseOptions): Database.Database {
  if (options.readonly && !existsSync(path)) {
    throw missingFile(path);
  }
  let database: Database.Database | undefined;
  try {
    if (!options.readonly) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    database = new Database(path, { readonly: options.readonly === true });
    if (!options.readonly) {
      database.pragma("journal_mode = WAL");
      database.pragma(`synchronous = ${options.synchronous}`);
      database.pragma("secure_delete = ON");
    }
    migrate(database, path, options);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof TeburaError ? error : databaseError(path, error);
  }
}

/**
 * Copies a database as it stands at one moment to a new file, while others may write to it. Throws
 * DATA_CORRUPT, or DATA_UNWRITABLE for a copy that cannot be written.
 */
export function copyDatabase(from: string, to: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(from, { readonly: true, fileMustExist: true });
    database.prepare("VACUUM INTO ?").run(to);
  } catch (cause) {
    throw databaseError(from, cause);
  } finally {
    database?.close();
  }
}

function migrate(database: Database.Database, path: string, options: DatabaseOptions): void {
  const newest = options.migrations.length;
  const version = Number(database.pragma("user_version", { simple: true }));
  if (version > newest) {
    throw new TeburaError(
      "DATA_NEWER_VERSION",
      `${path} was written by a newer release (version ${version}, this one knows ${newest}); ` +
        "update Tebura, or use another data folder",
    );
  }
  if (options.readonly && version > 0) return;
  if (options.readonly) {
    throw new TeburaError(
      "DATA_CORRUPT",
      `${path} is empty; restore it from a backup, or move it away to begin anew`,
    );
  }
  for (const [index, statements] of options.migrations.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}

/** Does something with what a database holds; a page that cannot be read is told as its file's damage. */
export async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDamage(error) ? databaseError(path, error) : error;
  }
}

/** Whether SQLite found a file damaged, or to be no database. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code.startsWith("SQLITE_CORRUPT") || error.code === "SQLITE_NOTADB";
}

/** What is said where a data folder does not hold what is asked of it. */
export function missingFile(path: string): TeburaError {
  return new TeburaError("SOURCE_NOT_FOUND", `there is no ${path}; is --data the right folder?`);
}

/** Gives an SQLite failure its code and says what to do. */
export function databaseError(path: string, cause: unknown): TeburaError {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (isDamage(cause)) {
    return new TeburaError(
      "DATA_CORRUPT",
      `${path} is damaged (${why}); restore it from a backup, or move it away to begin anew`,
      { cause },
    );
  }
  return new TeburaError(
    "DATA_UNWRITABLE",
    `${path} cannot be opened for writing (${why}); check its owner, permissions and free space`,
    { cause },
  );
}
