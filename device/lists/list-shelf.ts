import type { KeyObject } from "node:crypto";
import {
  type HeldList,
  type ListName,
  listNames,
  type NamedSheet,
  openSheet,
  type SheetOf,
  tellsOfPeople,
} from "#contract/box-lists.ts";
import type { DeviceId } from "#contract/ids.ts";
import { type Database, databaseError, openDatabase } from "#runtime/database.ts";
import { newestWhole, type Sheet, withSheet } from "./sheets.ts";

const migrations = [
  `CREATE TABLE sheets (
     name TEXT NOT NULL,
     serial INTEGER NOT NULL,
     sheet INTEGER NOT NULL,
     sealed TEXT NOT NULL,
     PRIMARY KEY (name, serial, sheet)
   ) STRICT, WITHOUT ROWID;`,
];

/** Sheets of one list that are kept at most, whatever is sent. */
const sheetsMax = 5_000;

interface Row {
  readonly name: string;
  readonly serial: number;
  readonly sheet: number;
  readonly sealed: string;
}

export interface ListShelfOptions {
  readonly path: string;
  readonly device: DeviceId;
  readonly gatewayKey: KeyObject;
  /** True once the service is over: no list of its people is taken any more. */
  isEnded?(): boolean;
}

/**
 * The gateway's signed lists, on disk as they came: a box that starts without a network goes by the last
 * ones that it got. Each sheet is verified when it comes and again when it is read from the disk, so a
 * disk that somebody wrote to admits nobody.
 */
export class ListShelf implements Disposable {
  readonly #options: ListShelfOptions;
  readonly #database: Database;
  readonly #books = new Map<ListName, readonly Sheet[]>();
  #onChange: () => void = () => {};

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(options: ListShelfOptions) {
    this.#options = options;
    this.#database = openDatabase(options.path, { migrations, synchronous: "FULL" });
  }

  /** Reads what is on disk. What does not verify is dropped; gives how many sheets that were. */
  async load(): Promise<number> {
    const rows = this.#database.prepare("SELECT * FROM sheets ORDER BY serial, sheet").all();
    let dropped = 0;
    for (const row of rows as Row[]) {
      const named = await this.#open(row.sealed).catch(() => undefined);
      const isAsFiled = named?.name === row.name && named.sheet.serial === row.serial;
      if (named && isAsFiled) this.#keep(named);
      else {
        dropped += 1;
        this.#drop(row);
      }
    }
    return dropped;
  }

  /** Called after each sheet that was taken. One listener. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Verifies and keeps a sheet. Throws LIST_INVALID or ALLOWANCE_INVALID, and DATA_UNWRITABLE. */
  async take(sealed: string): Promise<void> {
    const named = await this.#open(sealed);
    const { name, sheet } = named;
    if (tellsOfPeople(name) && this.#options.isEnded?.()) return;
    const whole = newestWhole(this.#books.get(name) ?? []);
    if (whole !== undefined && sheet.serial <= whole) return; // An older list, or the same once more.
    if ((this.#books.get(name)?.length ?? 0) >= sheetsMax) return;
    this.#onDisk(() =>
      this.#database
        .prepare("INSERT OR REPLACE INTO sheets (name, serial, sheet, sealed) VALUES (?, ?, ?, ?)")
        .run(name, sheet.serial, sheet.sheet, sealed),
    );
    this.#keep(named);
    const oldest = newestWhole(this.#books.get(name) ?? []) ?? 0;
    this.#onDisk(() =>
      this.#database.prepare("DELETE FROM sheets WHERE name = ? AND serial < ?").run(name, oldest),
    );
    this.#onChange();
  }

  /** All sheets that count, newest first; of an incomplete newer list too. */
  book<Name extends ListName>(name: Name): readonly SheetOf<Name>[] {
    return (this.#books.get(name) ?? []) as readonly SheetOf<Name>[];
  }

  /** The sheets of the newest list that is there whole; undefined where there is none. */
  whole<Name extends ListName>(name: Name): readonly SheetOf<Name>[] | undefined {
    const serial = newestWhole(this.#books.get(name) ?? []);
    if (serial === undefined) return undefined;
    return this.book(name).filter((sheet) => sheet.serial === serial);
  }

  /** What health says, so that the gateway sends what is missing. */
  held(): readonly HeldList[] {
    return listNames.flatMap((name) => {
      const serial = newestWhole(this.#books.get(name) ?? []);
      return serial === undefined ? [] : [{ name, serial }];
    });
  }

  /** Forgets every list of people: the service that they were for has ended. What tells of nobody stays. */
  clear(): void {
    const people = listNames.filter(tellsOfPeople);
    const held = this.#database.prepare("DELETE FROM sheets WHERE name = ?");
    this.#onDisk(() => {
      for (const name of people) held.run(name);
      // What was there lies in the write-ahead log until then.
      this.#database.pragma("wal_checkpoint(TRUNCATE)");
    });
    for (const name of people) this.#books.delete(name);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  async #open(sealed: string): Promise<NamedSheet> {
    const { device, gatewayKey } = this.#options;
    return await openSheet(sealed, device, gatewayKey);
  }

  #keep({ name, sheet }: NamedSheet): void {
    this.#books.set(name, withSheet<Sheet>(this.#books.get(name) ?? [], sheet));
  }

  #drop({ name, serial, sheet }: Row): void {
    this.#onDisk(() =>
      this.#database
        .prepare("DELETE FROM sheets WHERE name = ? AND serial = ? AND sheet = ?")
        .run(name, serial, sheet),
    );
  }

  #onDisk(work: () => unknown): void {
    try {
      work();
    } catch (cause) {
      throw databaseError(this.#options.path, cause);
    }
  }
}
