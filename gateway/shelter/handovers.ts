import type { KeyObject } from "node:crypto";
import { sealSheet } from "#contract/box-lists.ts";
import type { EventBody } from "#contract/events.ts";
import { publicHalfOf } from "#contract/hpke.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { openHandover } from "#contract/shelter/handover.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { ListSource, SealedList } from "../lists/list-source.ts";
import type { PersonDetailsStore } from "./person-details.ts";

const migrations = [
  `CREATE TABLE handovers (
     device TEXT PRIMARY KEY,
     kept_to INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE handed (
     device TEXT NOT NULL,
     person TEXT NOT NULL,
     PRIMARY KEY (device, person)
   ) STRICT, WITHOUT ROWID;`,
];

export interface HandoverPorts {
  readonly database: string;
  /** The private half, 32 bytes, of the X25519 pair that boxes seal to. */
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject;
  readonly details: Pick<PersonDetailsStore, "keep" | "questionOf">;
  record(body: EventBody): Promise<unknown>;
}

/**
 * Takes over the names that shelters' boxes took down while they were alone. The word that something was
 * kept goes back as a new sheet with the key: a box hands everything after that number over again.
 */
export class Handovers implements Disposable {
  readonly #ports: HandoverPorts;
  readonly #database: Database;

  constructor(ports: HandoverPorts) {
    this.#ports = ports;
    this.#database = openDatabase(ports.database, { migrations, synchronous: "FULL" });
  }

  /** Keeps what a box hands over. Twice changes nothing. Throws REQUEST_INVALID for what is not its word. */
  async take(device: DeviceId, sealed: string, deviceKey: KeyObject): Promise<void> {
    const { secret: gateway } = this.#ports;
    const { number, rows } = await openHandover(sealed, device, { device: deviceKey, gateway });
    if (number <= this.keptTo(device)) return;
    const { details, record } = this.#ports;
    const handed = this.#database.prepare("INSERT OR IGNORE INTO handed VALUES (?, ?)");
    for (const row of rows) {
      handed.run(device, row.person); // First: a copy that nobody knows of could not be erased.
      details.keep(row.person, row.details, row.at);
      for (const { kana, birthDate } of row.families) {
        const family = details.questionOf(kana, birthDate);
        const named = { by: "person", id: row.person, family, allowed: true } as const;
        await record({ type: "shelter.family-named", ...named });
      }
    }
    this.#database
      .prepare(
        `INSERT INTO handovers (device, kept_to) VALUES (?, ?)
         ON CONFLICT (device) DO UPDATE SET kept_to = max(kept_to, excluded.kept_to)`,
      )
      .run(device, number);
  }

  /** The last number of this box that is on disk here; 0 for none. */
  keptTo(device: DeviceId): number {
    const row = this.#database
      .prepare("SELECT kept_to AS keptTo FROM handovers WHERE device = ?")
      .get(device) as { keptTo: number } | undefined;
    return row?.keptTo ?? 0;
  }

  /** Whose names this box handed over, in no order that says when. */
  handedBy(device: DeviceId): readonly Pseudonym[] {
    const persons = this.#database.prepare("SELECT person FROM handed WHERE device = ?").pluck();
    return persons.all(device) as Pseudonym[];
  }

  /** The key for a box, with what was kept of it. */
  async key(device: DeviceId): Promise<SealedList> {
    const key = publicHalfOf(this.#ports.secret);
    const keptTo = this.keptTo(device);
    const serial = keptTo + 1;
    const sheet = { v: 1 as const, device, serial, sheet: 1, sheets: 1, key, keptTo };
    const sealed = await sealSheet({ name: "handover-key", sheet }, this.#ports.privateKey);
    return { serial, sheets: [sealed] };
  }

  get keys(): ListSource {
    return { name: "handover-key", current: (device) => this.key(device) };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
