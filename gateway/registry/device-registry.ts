import { createPublicKey, type KeyObject } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

export interface RegisteredDevice {
  readonly device: DeviceId;
  readonly publicKey: KeyObject;
  readonly status: "active" | "revoked";
  readonly addedAt: WallMs;
  readonly revokedAt: WallMs | null;
  /** When the box said that it has destroyed its gallery's key; null before. */
  readonly wipedAt: WallMs | null;
}

type Row = Omit<RegisteredDevice, "publicKey"> & { readonly publicKey: string };

const migrations = [
  `CREATE TABLE devices (
     device TEXT PRIMARY KEY,
     public_key TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
     added_at INTEGER NOT NULL
   ) STRICT;`,
  `ALTER TABLE devices ADD COLUMN revoked_at INTEGER;
   ALTER TABLE devices ADD COLUMN wiped_at INTEGER;`,
];

const columns = `SELECT device, public_key AS publicKey, status, added_at AS addedAt,
  revoked_at AS revokedAt, wiped_at AS wipedAt FROM devices`;

/** The boxes that this gateway knows, with their public keys. Key objects are parsed once. */
export class DeviceRegistry implements Disposable {
  readonly #database: Database;
  readonly #devices = new Map<DeviceId, RegisteredDevice>();
  #version: unknown;

  constructor(path: string, options: { readonly readonly?: boolean } = {}) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL", ...options });
    this.refresh();
  }

  /**
   * Reads again what another process has changed; cheap where nothing was. Returns the boxes that were
   * revoked since the last look.
   */
  refresh(): readonly DeviceId[] {
    const version = this.#database.pragma("data_version", { simple: true });
    if (version === this.#version) return [];
    this.#version = version;
    const rows = this.#database.prepare(`${columns} ORDER BY device`).all() as Row[];
    const news = rows.filter((row) => row.status !== this.#devices.get(row.device)?.status);
    for (const row of rows) this.#keep(row);
    return news.filter(({ status }) => status === "revoked").map(({ device }) => device);
  }

  /**
   * Registers a box. The same key again changes nothing; another key under a known id is refused
   * with CONFIG_INVALID, since events of the old key would no longer verify.
   */
  add(device: DeviceId, publicKey: KeyObject, addedAt: WallMs): void {
    if (publicKey.asymmetricKeyType !== "ed25519") {
      throw new TeburaError("CONFIG_INVALID", `the key of ${device} is not an Ed25519 public key`);
    }
    this.refuseOtherKey(device, publicKey);
    if (this.get(device)) return;
    const pem = publicKey.export({ type: "spki", format: "pem" });
    this.#database
      .prepare(
        "INSERT INTO devices (device, public_key, status, added_at) VALUES (?, ?, 'active', ?)",
      )
      .run(device, pem, addedAt);
    const fresh = { status: "active", revokedAt: null, wipedAt: null } as const;
    this.#devices.set(device, { device, publicKey, addedAt, ...fresh });
  }

  /** Throws CONFIG_INVALID when the id belongs to a box with another key. */
  refuseOtherKey(device: DeviceId, publicKey: KeyObject): void {
    const known = this.get(device);
    if (!known || known.publicKey.equals(publicKey)) return;
    throw new TeburaError(
      "CONFIG_INVALID",
      `${device} is registered with another key; give the box another id`,
    );
  }

  /** From now on nothing of this box counts. Throws DEVICE_UNKNOWN. Once revoked, it stays so. */
  revoke(device: DeviceId, at: WallMs): void {
    if (!this.get(device)) {
      throw new TeburaError("DEVICE_UNKNOWN", `no box is registered as ${device}`);
    }
    this.#change(
      "UPDATE devices SET status = 'revoked', revoked_at = ? WHERE device = ? AND status = 'active'",
      at,
      device,
    );
  }

  /** A revoked box has said that it destroyed its gallery's key. */
  wiped(device: DeviceId, at: WallMs): void {
    this.#change(
      "UPDATE devices SET wiped_at = ? WHERE device = ? AND wiped_at IS NULL AND status = 'revoked'",
      at,
      device,
    );
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

  #change(statement: string, at: WallMs, device: DeviceId): void {
    this.#database.prepare(statement).run(at, device);
    const row = this.#database.prepare(`${columns} WHERE device = ?`).get(device) as Row;
    this.#keep(row);
  }

  #keep(row: Row): RegisteredDevice {
    const known = this.#devices.get(row.device);
    const publicKey = known?.publicKey ?? createPublicKey(row.publicKey);
    const device = { ...row, publicKey };
    this.#devices.set(row.device, device);
    return device;
  }
}
