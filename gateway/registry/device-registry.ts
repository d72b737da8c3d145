import { createPublicKey, type KeyObject } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

export interface RegisteredDevice {
  readonly device: DeviceId;
  readonly publicKey: KeyObject;
  readonly status: "active" | "revoked";
  readonly addedAt: WallMs;
}

interface Row {
  readonly device: DeviceId;
  readonly publicKey: string;
  readonly status: "active" | "revoked";
  readonly addedAt: WallMs;
}

const migrations = [
  `CREATE TABLE devices (
     device TEXT PRIMARY KEY,
     public_key TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
     added_at INTEGER NOT NULL
   ) STRICT;`,
];

const columns = "SELECT device, public_key AS publicKey, status, added_at AS addedAt FROM devices";

/** The boxes that this gateway knows, with their public keys. Key objects are parsed once. */
export class DeviceRegistry implements Disposable {
  readonly #database: Database;
  readonly #devices = new Map<DeviceId, RegisteredDevice>();

  constructor(path: string, options: { readonly readonly?: boolean } = {}) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL", ...options });
    const rows = this.#database.prepare(`${columns} ORDER BY device`).all() as Row[];
    for (const row of rows) this.#keep(row);
  }

  /**
   * Registers a box. The same key again changes nothing; another key under a known id is refused
   * with CONFIG_INVALID, since events of the old key would no longer verify.
   */
  add(device: DeviceId, publicKey: KeyObject, addedAt: WallMs): void {
    if (publicKey.asymmetricKeyType !== "ed25519") {
      throw new TeburaError("CONFIG_INVALID", `the key of ${device} is not an Ed25519 public key`);
    }
    const known = this.get(device);
    if (known?.publicKey.equals(publicKey)) return;
    if (known) {
      throw new TeburaError(
        "CONFIG_INVALID",
        `${device} is registered with another key; give the box another id`,
      );
    }
    const pem = publicKey.export({ type: "spki", format: "pem" });
    this.#database
      .prepare(
        "INSERT INTO devices (device, public_key, status, added_at) VALUES (?, ?, 'active', ?)",
      )
      .run(device, pem, addedAt);
    this.#devices.set(device, { device, publicKey, status: "active", addedAt });
  }

  get(device: DeviceId): RegisteredDevice | undefined {
    const known = this.#devices.get(device);
    if (known) return known;
    // Perhaps another process has just added it: one row is looked for, not the whole table.
    const row = this.#database.prepare(`${columns} WHERE device = ?`).get(device) as
      | Row
      | undefined;
    return row && this.#keep(row);
  }

  list(): readonly RegisteredDevice[] {
    return [...this.#devices.values()];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #keep(row: Row): RegisteredDevice {
    const device = { ...row, publicKey: createPublicKey(row.publicKey) };
    this.#devices.set(row.device, device);
    return device;
  }
}
