import type { SignedConsent } from "#contract/consent.ts";
import type { GalleryOrder } from "#contract/gallery-envelope.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import type { Service } from "#contract/services.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { Sealer } from "../persons/sealer.ts";

const migrations = [
  `CREATE TABLE box_keys (
     device TEXT PRIMARY KEY,
     sealed TEXT NOT NULL,
     key TEXT NOT NULL,
     service TEXT NOT NULL,
     at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE boxes (
     device TEXT PRIMARY KEY,
     last INTEGER NOT NULL DEFAULT 0,
     followed INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE orders (
     device TEXT NOT NULL,
     number INTEGER NOT NULL,
     kind TEXT NOT NULL,
     made TEXT NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (device, number)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE statements (statement TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE certificates (
     key TEXT PRIMARY KEY,
     ended_at INTEGER NOT NULL,
     sealed TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT, asked TEXT NOT NULL) STRICT;`,
];

/** What an order says beside whom and where it stands. */
export type NewOrder = GalleryOrder extends infer One
  ? One extends GalleryOrder
    ? Omit<One, "v" | "device" | "number">
    : never
  : never;

export interface KeptOrder {
  readonly order: GalleryOrder;
  /** Ciphertext that the gateway cannot open; empty where nothing follows. */
  readonly body: Uint8Array;
}

export interface KnownKey {
  readonly device: DeviceId;
  /** The key as the box certified it. */
  readonly sealed: string;
  readonly key: string;
  readonly service: Service;
}

/**
 * What the gateway keeps of galleries: keys, numbered orders for each box, and, until a box has followed
 * its order, ciphertext. Signed statements lie here sealed, since the certificate in them is the same in
 * all services. No template is here in any form that this gateway could read.
 */
export class GalleriesFile implements Disposable {
  readonly #database: Database;
  readonly #sealer: Sealer;

  constructor(path: string, sealer: Sealer) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#sealer = sealer;
  }

  keepKey({ device, sealed, key, service }: KnownKey, at: WallMs): void {
    this.#database
      .prepare(
        `INSERT INTO box_keys (device, sealed, key, service, at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (device) DO UPDATE SET sealed = excluded.sealed, key = excluded.key,
           service = excluded.service, at = excluded.at`,
      )
      .run(device, sealed, key, service, at);
  }

  keyOf(device: DeviceId): KnownKey | undefined {
    return this.#database
      .prepare("SELECT device, sealed, key, service FROM box_keys WHERE device = ?")
      .get(device) as KnownKey | undefined;
  }

  get keys(): readonly KnownKey[] {
    return this.#database
      .prepare("SELECT device, sealed, key, service FROM box_keys ORDER BY device")
      .all() as KnownKey[];
  }

  /** The last order that was made for a box, and the last one that it has followed. */
  progress(device: DeviceId): { readonly last: number; readonly followed: number } {
    const row = this.#database
      .prepare("SELECT last, followed FROM boxes WHERE device = ?")
      .get(device) as { last: number; followed: number } | undefined;
    return row ?? { last: 0, followed: 0 };
  }

  /** Appends an order, on disk when this returns. */
  append(device: DeviceId, made: NewOrder, body: Uint8Array = new Uint8Array()): number {
    return this.#database.transaction(() => {
      const number = this.progress(device).last + 1;
      this.#mark(device, { last: number });
      this.#database
        .prepare("INSERT INTO orders (device, number, kind, made, body) VALUES (?, ?, ?, ?, ?)")
        .run(device, number, made.kind, JSON.stringify(made), Buffer.from(body));
      return number;
    })();
  }

  /**
   * A box has followed every order up to this one: what followed them is dropped, and the orders stay, for
   * a box that is restored from a copy. A box that is ahead has outlived a gateway that was restored.
   */
  followed(device: DeviceId, number: number): void {
    const { last, followed } = this.progress(device);
    if (number === followed) return;
    this.#database.transaction(() => {
      this.#mark(device, { followed: number, last: Math.max(last, number) });
      this.#database
        .prepare(
          `UPDATE orders SET kind = 'skip', made = '{"kind":"skip"}', body = x''
           WHERE device = ? AND number <= ? AND kind IN ('put', 'rekey')`,
        )
        .run(device, number);
    })();
  }

  /** At most `limit` orders after a number. */
  ordersAfter(device: DeviceId, number: number, limit: number): readonly KeptOrder[] {
    const rows = this.#database
      .prepare(
        `SELECT number, made, body FROM orders WHERE device = ? AND number > ?
         ORDER BY number LIMIT ?`,
      )
      .all(device, number, limit) as { number: number; made: string; body: Buffer }[];
    return rows.map(({ number: at, made, body }) => ({
      order: { v: 1, device, number: at, ...JSON.parse(made) } as GalleryOrder,
      body,
    }));
  }

  /** Bytes of ciphertext that wait for a box. */
  waitingBytes(device: DeviceId): number {
    const row = this.#database
      .prepare("SELECT coalesce(sum(length(body)), 0) AS bytes FROM orders WHERE device = ?")
      .get(device);
    return (row as { bytes: number }).bytes;
  }

  keepStatement(statement: Digest, signed: SignedConsent): void {
    const sealed = this.#sealer.seal(`consent ${statement}`, JSON.stringify(signed));
    this.#database
      .prepare("INSERT OR IGNORE INTO statements (statement, sealed) VALUES (?, ?)")
      .run(statement, sealed);
  }

  hasStatement(statement: Digest): boolean {
    const query = "SELECT 1 FROM statements WHERE statement = ?";
    return this.#database.prepare(query).get(statement) !== undefined;
  }

  /** Forgets what was signed, down to the journal, and that there was such a statement not. */
  forgetStatements(statements: readonly Digest[]): void {
    const forget = this.#database.prepare("UPDATE statements SET sealed = x'' WHERE statement = ?");
    this.#database.transaction(() => {
      for (const statement of statements) forget.run(statement);
    })();
    this.#database.pragma("wal_checkpoint(TRUNCATE)");
  }

  keepCertificate(key: string, endedAt: WallMs, sealed: string): void {
    this.#database
      .prepare(
        `INSERT INTO certificates (key, ended_at, sealed) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET ended_at = excluded.ended_at, sealed = excluded.sealed`,
      )
      .run(key, endedAt, sealed);
  }

  /** The certificate of a person's deletion in a service, for the end of consent that it is about. */
  certificate(key: string): { readonly endedAt: WallMs; readonly sealed: string } | undefined {
    return this.#database
      .prepare("SELECT ended_at AS endedAt, sealed FROM certificates WHERE key = ?")
      .get(key) as { endedAt: WallMs; sealed: string } | undefined;
  }

  /** What another process asks of a running gateway. */
  ask(asked: object): void {
    this.#database.prepare("INSERT INTO requests (asked) VALUES (?)").run(JSON.stringify(asked));
  }

  /** Takes what was asked, oldest first. */
  takeRequests(): readonly unknown[] {
    return this.#database.transaction(() => {
      const rows = this.#database
        .prepare("SELECT id, asked FROM requests ORDER BY id LIMIT ?")
        .all(limits.galleryRowsMax) as { id: number; asked: string }[];
      for (const { id } of rows)
        this.#database.prepare("DELETE FROM requests WHERE id = ?").run(id);
      return rows.map(({ asked }) => JSON.parse(asked));
    })();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #mark(device: DeviceId, change: { last?: number; followed?: number }): void {
    const now = { ...this.progress(device), ...change };
    this.#database
      .prepare(
        `INSERT INTO boxes (device, last, followed) VALUES (?, ?, ?)
         ON CONFLICT (device) DO UPDATE SET last = excluded.last, followed = excluded.followed`,
      )
      .run(device, now.last, now.followed);
  }
}
