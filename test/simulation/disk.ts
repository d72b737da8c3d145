import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Database, openDatabase } from "#runtime/database.ts";

const pageBytes = 4_096;

/**
 * Overwrites one page of a database that nobody has open, any but the first; returns its number, or
 * 0 where there is only one. With `where` from 0 to 1, the page that is hit.
 */
export function damagePage(path: string, where: number): number {
  if (!existsSync(path)) return 0;
  const file = readFileSync(path);
  const pages = Math.floor(file.length / pageBytes);
  if (pages < 2) return 0;
  const page = 1 + Math.floor(where * (pages - 1));
  file.fill(0x5a, page * pageBytes + 100, page * pageBytes + 200);
  writeFileSync(path, file);
  return page;
}

/**
 * The disk under one database, which can be full or read only for a while. SQLite itself fails then,
 * as it does on a real disk: nothing is replaced but the limits of the connection.
 */
export class Disk {
  #database: Database | undefined;
  #state: "sound" | "full" | "read-only" = "sound";

  readonly open: typeof openDatabase = (path, options) => {
    this.#database = openDatabase(path, options);
    this.#apply();
    return this.#database;
  };

  get state(): "sound" | "full" | "read-only" {
    return this.#state;
  }

  become(state: "sound" | "full" | "read-only"): void {
    this.#state = state;
    this.#apply();
  }

  #apply(): void {
    const database = this.#database;
    if (!database?.open) return;
    const pages = Number(database.pragma("page_count", { simple: true }));
    database.pragma(`max_page_count = ${this.#state === "full" ? pages : 1_073_741_823}`);
    database.pragma(`query_only = ${this.#state === "read-only" ? "ON" : "OFF"}`);
  }
}
