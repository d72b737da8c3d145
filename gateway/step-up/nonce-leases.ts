import { randomBytes } from "node:crypto";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type Lease, leaseTerms } from "#contract/leases.ts";
import type { NonceCode } from "#contract/step-up.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

const migrations = [
  `CREATE TABLE nonces (
     nonce TEXT PRIMARY KEY,
     device TEXT NOT NULL,
     expires_at INTEGER NOT NULL,
     used INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX nonces_of ON nonces (device, used, expires_at);`,
];

/**
 * An event may come weeks after its card was read; later than that, its nonce is no longer known. A
 * box's newest are known all the same: a clock of the gateway that was wrong for an hour must not make
 * it forget what boxes hold.
 */
const keptMs = 35 * 24 * 3_600_000;
const keptNewest = 8 * leaseTerms.nonces;
/** A box that always says that it holds none is sent the same ones again, and not at every breath. */
const sendAgainMs = 4_000;

const drawn = () => randomBytes(16).toString("base64url");

/**
 * Single-use numbers, leased to each box ahead so that it can ask for cards while it is offline. They
 * are on disk before they are sent. A box says how many it holds; whatever it has not used yet is sent
 * again, so that a lost message costs nothing and asking often gains nothing.
 */
export class NonceLeases implements Disposable {
  readonly #database: Database;
  readonly #draw: () => string;
  readonly #sentAt = new Map<DeviceId, WallMs>();

  /** `draw` makes a nonce of 16 bytes in base64url; another one where chance has to come again. */
  constructor(path: string, draw: () => string = drawn) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#draw = draw;
  }

  /** What to send to a box that holds `held` nonces which last long enough; usually nothing. */
  leasesFor(device: DeviceId, held: number, now: WallMs): readonly Lease[] {
    if (held >= leaseTerms.nonces / 2) return [];
    const sentAt = this.#sentAt.get(device);
    if (sentAt !== undefined && Math.abs(now - sentAt) < sendAgainMs) return [];
    this.#sentAt.set(device, now);
    const lastsUntil = now + leaseTerms.offlineMs;
    const left = this.#unused(device, lastsUntil);
    if (left.length < leaseTerms.nonces / 2)
      this.#issue(device, leaseTerms.nonces - left.length, now);
    const byEnd = new Map<WallMs, string[]>();
    for (const { nonce, expiresAt } of this.#unused(device, lastsUntil)) {
      byEnd.set(expiresAt, [...(byEnd.get(expiresAt) ?? []), nonce]);
    }
    return [...byEnd].map(([expiresAt, nonces]) => ({ v: 1, device, expiresAt, nonces }));
  }

  /** Why a nonce is not good for this box at that moment; undefined when it is. */
  flawOf(nonce: string, device: DeviceId, at: WallMs): NonceCode | undefined {
    const row = this.#database
      .prepare("SELECT device, expires_at AS expiresAt, used FROM nonces WHERE nonce = ?")
      .get(nonce) as { device: DeviceId; expiresAt: WallMs; used: 0 | 1 } | undefined;
    if (!row) return "NONCE_NEVER_ISSUED";
    if (row.device !== device) return "NONCE_OTHER_DEVICE";
    if (row.used) return "NONCE_USED";
    return at > row.expiresAt ? "NONCE_EXPIRED" : undefined;
  }

  /** Marks a nonce as used, for ever. The ledger can say so again at each start: once is enough. */
  use(nonce: string): void {
    this.#database.prepare("UPDATE nonces SET used = 1 WHERE nonce = ? AND used = 0").run(nonce);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #unused(device: DeviceId, lastsUntil: number) {
    return this.#database
      .prepare(
        `SELECT nonce, expires_at AS expiresAt FROM nonces
         WHERE device = ? AND used = 0 AND expires_at > ? ORDER BY expires_at, nonce LIMIT ?`,
      )
      .all(device, lastsUntil, leaseTerms.nonces) as { nonce: string; expiresAt: WallMs }[];
  }

  #issue(device: DeviceId, count: number, now: WallMs): void {
    const insert = this.#database.prepare(
      "INSERT INTO nonces (nonce, device, expires_at) VALUES (?, ?, ?)",
    );
    this.#database.transaction(() => {
      this.#database
        .prepare(
          `DELETE FROM nonces WHERE device = @device AND expires_at < @before AND expires_at <
             (SELECT expires_at FROM nonces WHERE device = @device
              ORDER BY expires_at DESC LIMIT 1 OFFSET @keptNewest)`,
        )
        .run({ device, before: now - keptMs, keptNewest });
      for (let made = 0; made < count; made++) {
        insert.run(this.#draw(), device, now + leaseTerms.lifetimeMs);
      }
    })();
  }
}
