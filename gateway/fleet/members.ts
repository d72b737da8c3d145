import { createHash, randomBytes } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

const migrations = [
  `CREATE TABLE invitations (
     secret_digest TEXT PRIMARY KEY,
     device TEXT,
     made_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     used_at INTEGER,
     used_by TEXT
   ) STRICT;
   CREATE TABLE certificates (
     serial TEXT PRIMARY KEY,
     device TEXT NOT NULL,
     made_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX certificates_of_device ON certificates (device);`,
];

export interface CertificateRecord {
  readonly serial: string;
  readonly device: DeviceId;
  readonly expiresAt: WallMs;
}

const secretBytes = 16;
const invitationMsMax = 30 * 86_400_000;

/** Who was invited, and which certificates were given to whom. Only digests of secrets are kept. */
export class Members implements Disposable {
  readonly #database: Database;

  constructor(path: string) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
  }

  /**
   * Makes an invitation's secret, for one named box or for whichever comes. Throws USAGE for one that
   * would be good for longer than thirty days.
   */
  invite(device: DeviceId | undefined, madeAt: WallMs, validMs: number): string {
    if (!(validMs > 0 && validMs <= invitationMsMax)) {
      throw new TeburaError("USAGE", "an invitation is good for more than 0 and at most 30 days");
    }
    const secret = randomBytes(secretBytes).toString("base64url");
    this.#database
      .prepare(
        "INSERT INTO invitations (secret_digest, device, made_at, expires_at) VALUES (?, ?, ?, ?)",
      )
      .run(digestOf(secret), device ?? null, madeAt, madeAt + validMs);
    return secret;
  }

  /**
   * Spends an invitation for a device. The same device may spend it again while it is good: its first
   * answer may have been lost on the way. Throws INVITATION_SPENT, which also says that there never
   * was one: whoever guesses learns nothing.
   */
  spend(secret: string, device: DeviceId, now: WallMs): void {
    const spent = this.#database
      .prepare(
        `UPDATE invitations SET used_at = ?, used_by = ?
         WHERE secret_digest = ? AND expires_at > ? AND (device IS NULL OR device = ?)
           AND (used_by IS NULL OR used_by = ?)`,
      )
      .run(now, device, digestOf(secret), now, device, device);
    if (spent.changes === 1) return;
    throw new TeburaError(
      "INVITATION_SPENT",
      "this invitation is used up, expired or for another box; print a new one at the gateway",
    );
  }

  /** Whether a box may still join under an invitation that names it. */
  isInvited(device: DeviceId, now: WallMs): boolean {
    const open = "SELECT 1 FROM invitations WHERE device = ? AND expires_at > ?";
    return this.#database.prepare(open).get(device, now) !== undefined;
  }

  issued({ serial, device, expiresAt }: CertificateRecord, madeAt: WallMs): void {
    this.#database
      .prepare("INSERT INTO certificates (serial, device, made_at, expires_at) VALUES (?, ?, ?, ?)")
      .run(serial, device, madeAt, expiresAt);
  }

  /** Certificates that have not run out, newest last. */
  certificates(now: WallMs): readonly CertificateRecord[] {
    return this.#database
      .prepare(
        `SELECT serial, device, expires_at AS expiresAt FROM certificates
         WHERE expires_at > ? ORDER BY made_at, serial`,
      )
      .all(now) as CertificateRecord[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
