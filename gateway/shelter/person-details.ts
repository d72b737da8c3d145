import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { plainKana } from "#contract/shelter/kana.ts";
import { type PersonDetails, personDetailsSchema } from "#contract/shelter/person-details.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import { secretFile } from "#runtime/key-file.ts";
import type { KeyStore } from "#runtime/key-store/vault.ts";

const rowSchema = z.strictObject({
  person: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  at: z.int().min(0),
  details: personDetailsSchema.nullable(),
});
const transferSchema = z.array(rowSchema).max(200_000);

/** `details` is null for somebody whose data was erased: that, too, travels to the other gateways. */
interface Row {
  readonly person: Pseudonym;
  readonly at: WallMs;
  readonly sealed: Buffer;
}

export interface PersonDetailsOptions {
  readonly database: string;
  /** The file of the key, made on first use. */
  readonly key: string;
  readonly keys?: KeyStore;
  /** What all gateways of a city share, in base64url: with it, who was named at one is known at each. */
  readonly fleetKey?: string;
}

const migrations = [
  `CREATE TABLE person_details (
     person TEXT PRIMARY KEY,
     at INTEGER NOT NULL,
     sealed BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * The names, addresses and notes of people who were entered by hand. They stand in no event: here they
 * are sealed one by one (AES-256-GCM, bound to their pseudonym) under a key beside the file, and can be
 * erased while the ledger keeps its proof. Of two words on one person the later one holds.
 */
export class PersonDetailsStore implements Disposable {
  readonly #database: Database;
  readonly #sealKey: Uint8Array;
  readonly #questionKey: Uint8Array;
  readonly #known = new Map<Pseudonym, PersonDetails>();
  readonly #erased = new Set<Pseudonym>();
  #version = 0;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT, DATA_NEWER_VERSION or KEY_STORE_UNUSABLE. */
  constructor({ database, key, keys, fleetKey }: PersonDetailsOptions) {
    const secret = secretFile(key, () => randomBytes(32).toString("base64url"), keys);
    this.#sealKey = derived(secret, "tebura person details");
    this.#questionKey = derived(fleetKey ?? secret, "tebura family question");
    this.#database = openDatabase(database, { migrations, synchronous: "FULL" });
    for (const row of this.#rows()) this.#keepKnown(row.person, this.#open(row));
  }

  /** Grows with each change, so that what was made of the details can be kept until then. */
  get version(): number {
    return this.#version;
  }

  /** Keeps what was said of a person at `at`. False when something later is known already. */
  keep(person: Pseudonym, details: PersonDetails | null, at: WallMs): boolean {
    const sealed = sealedUnder(this.#sealKey, person, JSON.stringify(details));
    const { changes } = this.#database
      .prepare(
        `INSERT INTO person_details (person, at, sealed) VALUES (?, ?, ?)
         ON CONFLICT (person) DO UPDATE SET at = excluded.at, sealed = excluded.sealed
         WHERE excluded.at >= person_details.at`,
      )
      .run(person, at, sealed);
    if (changes > 0) this.#keepKnown(person, details);
    return changes > 0;
  }

  of(person: Pseudonym): PersonDetails | undefined {
    return this.#known.get(person);
  }

  /** Takes everything that was said of a person away, for good: also what a clock that runs ahead has said. */
  erase(person: Pseudonym, at: WallMs): void {
    const [known] = this.#rows(person);
    this.keep(person, null, Math.max(at, known?.at ?? 0) as WallMs);
  }

  /** Whether what was said of a person was taken away. */
  isErased(person: Pseudonym): boolean {
    return this.#erased.has(person);
  }

  /**
   * A name for whoever is asked after, or is named, by reading and birth date: 16 bytes of a keyed hash
   * in base64url, which tells nobody without the key who was meant.
   */
  questionOf(kana: string, birthDate: string): Pseudonym {
    const text = `${plainKana(kana)}\n${birthDate}`;
    const hash = createHmac("sha256", this.#questionKey).update(text).digest();
    return hash.subarray(0, 16).toString("base64url") as Pseudonym;
  }

  /** Everything, sealed for another gateway that holds the same 32-byte transfer key. */
  exportFor(transferKey: Uint8Array): Buffer {
    const rows = this.#rows().map((row) => ({
      ...{ person: row.person, at: row.at, details: this.#open(row) },
    }));
    return sealedUnder(transferKey, transferLabel, JSON.stringify(rows));
  }

  /**
   * Takes in what another gateway exported; what is later stays. Gives the number of people changed.
   * Throws REQUEST_INVALID for what was not sealed under this key or is no export.
   */
  takeIn(exported: Uint8Array, transferKey: Uint8Array): number {
    const rows = transferSchema.safeParse(openedWith(transferKey, transferLabel, exported));
    if (!rows.success) throw new TeburaError("REQUEST_INVALID", "this is no export of a shelter");
    let changed = 0;
    this.#database.transaction(() => {
      for (const { person, at, details } of rows.data) {
        if (!this.#isNews(person as Pseudonym, at, details)) continue;
        if (this.keep(person as Pseudonym, details, at as WallMs)) changed += 1;
      }
    })();
    return changed;
  }

  [Symbol.dispose](): void {
    this.#known.clear();
    this.#sealKey.fill(0);
    this.#questionKey.fill(0);
    this.#database.close();
  }

  /** Of two words at one instant the greater text holds, so that both gateways end with the same. */
  #isNews(person: Pseudonym, at: number, details: PersonDetails | null): boolean {
    const [known] = this.#rows(person);
    if (!known || known.at !== at) return true;
    if (details === null) return true; // What was erased stays erased.
    return JSON.stringify(details) > JSON.stringify(this.#open(known));
  }

  #rows(person?: Pseudonym): readonly Row[] {
    const all = "SELECT person, at, sealed FROM person_details";
    return person
      ? (this.#database.prepare(`${all} WHERE person = ?`).all(person) as Row[])
      : (this.#database.prepare(`${all} ORDER BY person`).all() as Row[]);
  }

  #open({ person, sealed }: Row): PersonDetails | null {
    return openedWith(this.#sealKey, person, sealed) as PersonDetails | null;
  }

  #keepKnown(person: Pseudonym, details: PersonDetails | null): void {
    this.#version += 1;
    if (details) {
      this.#known.set(person, Object.freeze(details));
      this.#erased.delete(person);
    } else {
      this.#known.delete(person);
      this.#erased.add(person);
    }
  }
}

const transferLabel = "tebura shelter transfer";

function derived(secret: string, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", Buffer.from(secret, "base64url"), "", info, 32));
}

/** Nonce, ciphertext and tag; `label` is bound to it, so that rows cannot change places. */
function sealedUnder(key: Uint8Array, label: string, text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(label));
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function openedWith(key: Uint8Array, label: string, sealed: Uint8Array): unknown {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(label)).setAuthTag(sealed.subarray(-16));
    const text = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    return JSON.parse(text.toString("utf8"));
  } catch {
    // The cause is left out on purpose: a parser's message could repeat what was sealed.
    throw new TeburaError("DATA_CORRUPT", "sealed details do not open with this key");
  }
}
