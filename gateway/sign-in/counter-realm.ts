import { randomBytes } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { NewPasskey } from "./ceremonies.ts";
import { Codes, type ProvedCode } from "./codes.ts";
import { Notes } from "./notes.ts";
import { Passkeys } from "./passkeys.ts";
import type { Beginner, Realm } from "./realm.ts";
import { Sessions } from "./sessions.ts";
import { signInTables } from "./tables.ts";

const hourMs = 3_600_000;
const codeMs = 72 * hourMs;
/** A phone is handed around, a library's computer is everybody's: short, and a passkey is quickly shown again. */
const sessionRules = { idleMsMax: hourMs / 4, ageMsMax: hourMs };

export interface CounterPeople {
  readonly path: string;
  /** Where their accounts are kept, each by its `id`. */
  readonly table: "families" | "residents";
  /** What makes that table, and each later change of it. */
  readonly migrations: readonly [string, ...string[]];
  /** An account is called by this and a random number. */
  readonly prefix: string;
  /** What their phone calls the passkey. */
  readonly name: string;
}

/** Whom a clerk has seen: the account that they have already, and how a new one is kept. */
export interface SeenAtCounter {
  known(): string | undefined;
  keep(account: string): void;
}

/**
 * People to whom a clerk gives a code, after a look at a card or a licence. Whoever comes again gets a new
 * code, and what the old one opened is void; there are no codes to keep for a lost passkey.
 */
export class CounterRealm implements Realm, Disposable {
  readonly passkeys: Passkeys;
  readonly codes: Codes;
  readonly sessions: Sessions;
  readonly notes: Notes;
  protected readonly database: Database;
  readonly #people: CounterPeople;

  constructor(people: CounterPeople) {
    const [table, ...changes] = people.migrations;
    const migrations = [`${signInTables}${table}`, ...changes];
    this.#people = people;
    this.database = openDatabase(people.path, { migrations, synchronous: "FULL" });
    this.passkeys = new Passkeys(this.database);
    this.codes = new Codes(this.database);
    this.sessions = new Sessions(this.database, sessionRules);
    this.notes = new Notes(this.database);
  }

  beginner({ account }: ProvedCode): Beginner | undefined {
    return account === null ? undefined : { id: account, name: this.#people.name };
  }

  begin(code: ProvedCode, { id }: Beginner, key: NewPasskey, at: WallMs): boolean {
    return this.database
      .transaction(() => {
        if (!this.codes.spend(code.handle, at)) return false;
        this.passkeys.add(id, key.credential, key.synced, at);
        const changed = { type: "sign-in.account-changed", who: id, account: id } as const;
        this.notes.add({ ...changed, change: "begun", grants: [] });
        this.notes.add({ type: "sign-in.opened", who: id, means: "invitation" });
        return true;
      })
      .immediate();
  }

  async recoveryCodes(): Promise<readonly string[]> {
    return [];
  }

  isOpen(account: string): boolean {
    const found = this.database.prepare(`SELECT 1 FROM ${this.#people.table} WHERE id = ?`);
    return found.get(account) !== undefined;
  }

  describe(account: string) {
    return { id: account };
  }

  [Symbol.dispose](): void {
    this.database.close();
  }

  /** `by` is the clerk. Gives the code with which whoever was seen begins, and until when it does. */
  protected async invite(by: string, at: WallMs, seen: SeenAtCounter) {
    const account = this.database
      .transaction(() => {
        const known = seen.known();
        const id = known ?? `${this.#people.prefix}:${randomBytes(8).toString("hex")}`;
        if (known) this.#void(id);
        else seen.keep(id);
        const changed = { type: "sign-in.account-changed", who: by, account: id } as const;
        this.notes.add({ ...changed, change: "invited", grants: [] });
        return id;
      })
      .immediate();
    const expiresAt = (at + codeMs) as WallMs;
    return { code: await this.codes.create("invitation", account, expiresAt), expiresAt };
  }

  /** Takes accounts away, of people who are forgotten; gives how many there were. */
  protected close(accounts: readonly string[], by: string): number {
    const remove = this.database.prepare(`DELETE FROM ${this.#people.table} WHERE id = ?`);
    const close = this.database.transaction(() => {
      for (const account of accounts) {
        this.#void(account);
        remove.run(account);
        const changed = { type: "sign-in.account-changed", who: by, account } as const;
        this.notes.add({ ...changed, change: "revoked", grants: [] });
      }
    });
    close.immediate();
    return accounts.length;
  }

  /** What opened the account opens it no more. */
  #void(account: string): void {
    this.passkeys.forget(account);
    this.codes.forget(account);
    this.sessions.endAll(account);
  }
}
