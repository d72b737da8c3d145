import { digestOf } from "#contract/digest.ts";
import type { ErrorCode } from "#contract/errors.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

export interface QuarantinedEvent {
  readonly id: number;
  readonly device: DeviceId;
  readonly code: ErrorCode | StepUpCode;
  readonly digest: Digest;
  readonly bytes: number;
  readonly receivedAt: WallMs;
  /** How often the same bytes were refused for the same reason. */
  readonly times: number;
}

/** The newest refusals are kept, bytes and all; a flood pushes out the oldest, not the ledger. */
const rowsMax = 10_000;

const migrations = [
  `CREATE TABLE refused (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     device TEXT NOT NULL,
     code TEXT NOT NULL,
     digest TEXT NOT NULL,
     bytes BLOB NOT NULL,
     received_at INTEGER NOT NULL,
     times INTEGER NOT NULL DEFAULT 1,
     UNIQUE (device, digest, code)
   ) STRICT;`,
];

/** What was refused, why, and the bytes themselves, for whoever has to find out. */
export class Quarantine implements Disposable {
  readonly #database: Database;

  constructor(path: string) {
    this.#database = openDatabase(path, { migrations, synchronous: "NORMAL" });
  }

  keep(
    device: DeviceId,
    code: QuarantinedEvent["code"],
    bytes: Uint8Array,
    receivedAt: WallMs,
  ): void {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO refused (device, code, digest, bytes, received_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET times = times + 1, received_at = excluded.received_at`,
      )
      .run(device, code, digestOf(bytes), bytes, receivedAt);
    this.#database
      .prepare("DELETE FROM refused WHERE id <= ?")
      .run(Number(lastInsertRowid) - rowsMax);
  }

  /** Lets go of what was last refused before a moment, and gives their number. */
  forgetBefore(before: WallMs): number {
    return this.#database.prepare("DELETE FROM refused WHERE received_at < ?").run(before).changes;
  }

  /** The newest first. */
  list(limit: number): readonly QuarantinedEvent[] {
    return this.#database
      .prepare(
        `SELECT id, device, code, digest, length(bytes) AS bytes, received_at AS receivedAt, times
         FROM refused ORDER BY received_at DESC, id DESC LIMIT ?`,
      )
      .all(limit) as QuarantinedEvent[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
