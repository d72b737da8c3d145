import type { AuthenticatorTransport, WebAuthnCredential } from "@simplewebauthn/server";
import type { WallMs } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";

/** A passkey of an account: its public half. */
export interface Passkey extends WebAuthnCredential {
  readonly account: string;
  /** It is copied between its owner's devices by whoever made it. */
  readonly synced: boolean;
  readonly createdAt: WallMs;
  readonly lastUsedAt: WallMs | null;
}

interface Row {
  readonly id: string;
  readonly account: string;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string;
  readonly synced: number;
  readonly createdAt: WallMs;
  readonly lastUsedAt: WallMs | null;
}

const columns = `id, account, public_key AS publicKey, counter, transports, synced,
  created_at AS createdAt, last_used_at AS lastUsedAt`;

/** The passkeys that were registered. */
export class Passkeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(account: string, credential: WebAuthnCredential, synced: boolean, at: WallMs): void {
    this.#database
      .prepare(
        `INSERT INTO passkeys (id, account, public_key, counter, transports, synced, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[credential.id, account, credential.publicKey, credential.counter],
        ...[JSON.stringify(credential.transports ?? []), synced ? 1 : 0, at],
      );
  }

  byId(id: string): Passkey | undefined {
    const sql = `SELECT ${columns} FROM passkeys WHERE id = ?`;
    const row = this.#database.prepare(sql).get(id) as Row | undefined;
    return row && passkeyOf(row);
  }

  of(account: string): readonly Passkey[] {
    const sql = `SELECT ${columns} FROM passkeys WHERE account = ? ORDER BY created_at, id`;
    return (this.#database.prepare(sql).all(account) as Row[]).map(passkeyOf);
  }

  used(id: string, counter: number, at: WallMs): void {
    this.#database
      .prepare("UPDATE passkeys SET counter = ?, last_used_at = ? WHERE id = ?")
      .run(counter, at, id);
  }

  remove(account: string, id: string): boolean {
    const sql = "DELETE FROM passkeys WHERE account = ? AND id = ?";
    return this.#database.prepare(sql).run(account, id).changes === 1;
  }

  forget(account: string): void {
    this.#database.prepare("DELETE FROM passkeys WHERE account = ?").run(account);
  }
}

function passkeyOf({ publicKey, transports, synced, ...row }: Row): Passkey {
  return {
    ...row,
    // A copy: SQLite's buffer may be a part of a larger one.
    publicKey: Uint8Array.from(publicKey),
    transports: JSON.parse(transports) as AuthenticatorTransport[],
    synced: synced === 1,
  };
}
