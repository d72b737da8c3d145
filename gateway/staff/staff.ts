import type { WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { NewPasskey } from "../sign-in/ceremonies.ts";
import { Codes, type ProvedCode } from "../sign-in/codes.ts";
import { Notes, type SignInBody } from "../sign-in/notes.ts";
import { Passkeys } from "../sign-in/passkeys.ts";
import type { Beginner, Realm } from "../sign-in/realm.ts";
import { type SessionRules, Sessions } from "../sign-in/sessions.ts";
import { signInTables } from "../sign-in/tables.ts";
import { boundScopesOf, type Grant, mayManageStaff, roles, scopesOf } from "./roles.ts";
import { drawnStaffId, type StaffAccount, StaffAccounts, staffTable } from "./staff-accounts.ts";

/** Who asks for a change: an account, or whoever has the gateway's machine. */
export type Actor = string;
export const commandLine: Actor = "command-line";

const hourMs = 3_600_000;
const firstStartMs = hourMs;
const invitationMs = 72 * hourMs;
const recoveryCodesCount = 10;
const usualSessions: SessionRules = { idleMsMax: hourMs / 2, ageMsMax: 12 * hourMs };
/**
 * The first one holds every role: whoever could give them away could take them too, and a gateway that
 * somebody tries out shall show what it does. Once there are others, they are handed on.
 */
const everything: readonly Grant[] = roles.map((role) => ({ role, sites: null }));

/**
 * Who may work at the gateway. Every change is one transaction with the note that brings it into the
 * ledger, so that a command in another process and a page do the same thing.
 */
export class Staff implements Realm, Disposable {
  readonly accounts: StaffAccounts;
  readonly passkeys: Passkeys;
  readonly codes: Codes;
  readonly sessions: Sessions;
  readonly notes: Notes;
  readonly #database: Database;

  constructor(path: string, rules: SessionRules = usualSessions) {
    const migrations = [`${signInTables}${staffTable}`];
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.accounts = new StaffAccounts(this.#database);
    this.passkeys = new Passkeys(this.#database);
    this.codes = new Codes(this.#database);
    this.sessions = new Sessions(this.#database, rules);
    this.notes = new Notes(this.#database);
  }

  /** A new code for the first administrator, in place of an earlier one; undefined where there is one. */
  async firstStart(at: WallMs): Promise<{ code: string; expiresAt: WallMs } | undefined> {
    this.codes.withdraw("first-start", null);
    if (this.accounts.hasAdministrator) return undefined;
    const expiresAt = (at + firstStartMs) as WallMs;
    return { code: await this.codes.create("first-start", null, expiresAt), expiresAt };
  }

  /** Makes an account and the code with which its owner begins. */
  async invite(by: Actor, given: { name: string; grants: readonly Grant[] }, at: WallMs) {
    const account = this.#together(() => {
      const made = this.accounts.create({
        ...{ id: drawnStaffId(), ...given, status: "invited", createdAt: at },
      });
      this.#note(by, made, "invited");
      return made;
    });
    return { account, ...(await this.#invitationFor(account, at)) };
  }

  /**
   * A new code for somebody who has not begun, or who lost passkeys and recovery codes: all that they
   * had is void. Throws ACCOUNT_UNKNOWN.
   */
  async inviteAgain(by: Actor, id: string, at: WallMs) {
    const account = this.#together(() => {
      const before = this.accounts.get(id);
      const status = before.status === "active" ? "active" : "invited";
      this.#shutOut(id);
      const made = this.accounts.change(id, { status });
      this.#note(by, made, "invited");
      return made;
    });
    return { account, ...(await this.#invitationFor(account, at)) };
  }

  /** Throws ACCOUNT_UNKNOWN or LAST_ADMINISTRATOR. */
  setGrants(by: Actor, id: string, grants: readonly Grant[]): StaffAccount {
    return this.#together(() => {
      const account = this.accounts.change(id, { grants });
      this.#note(by, account, "roles-set");
      this.#endSessions(id);
      return account;
    });
  }

  /** Throws ACCOUNT_UNKNOWN or LAST_ADMINISTRATOR. */
  revoke(by: Actor, id: string): StaffAccount {
    return this.#together(() => {
      const account = this.accounts.change(id, { status: "revoked" });
      this.#note(by, account, "revoked");
      this.#shutOut(id);
      return account;
    });
  }

  /** Signs somebody out, in one browser or in all. Throws ACCOUNT_UNKNOWN; false where nothing was open. */
  signOut(by: Actor, id: string, handle: string | undefined): boolean {
    return this.#together(() => {
      const account = this.accounts.get(id);
      const isEnded =
        handle === undefined ? this.sessions.endAll(id) > 0 : this.sessions.end(id, handle);
      if (isEnded) this.#note(by, account, "sessions-ended");
      return isEnded;
    });
  }

  beginner({ account }: ProvedCode, name: string | undefined): Beginner | undefined {
    if (account !== null) return this.accounts.get(account);
    return name === undefined ? undefined : { id: drawnStaffId(), name };
  }

  begin(code: ProvedCode, who: Beginner, key: NewPasskey, at: WallMs): boolean {
    return this.#together(() => {
      if (!this.codes.spend(code.handle, at)) return false;
      const account = this.#accountFor(code, who, at);
      this.passkeys.add(account.id, key.credential, key.synced, at);
      this.#note(account.id, account, code.purpose === "recovery" ? "passkey-added" : "begun");
      this.notes.add({ type: "sign-in.opened", who: account.id, means: code.purpose });
      return true;
    });
  }

  /** Whoever came in with one of them keeps the others. */
  async recoveryCodes(account: string, { purpose }: ProvedCode): Promise<readonly string[]> {
    return purpose === "recovery" ? [] : await this.makeRecoveryCodes(this.accounts.get(account));
  }

  isOpen(account: string): boolean {
    return this.accounts.get(account).status === "active";
  }

  describe(account: string) {
    const { id, name, grants } = this.accounts.get(account);
    const opens = { scopes: scopesOf(grants), boundScopes: boundScopesOf(grants) };
    return { id, name, grants, ...opens, mayManageStaff: mayManageStaff(grants) };
  }

  addPasskey(account: StaffAccount, { credential, synced }: NewPasskey, at: WallMs): void {
    this.#together(() => {
      this.passkeys.add(account.id, credential, synced, at);
      this.#note(account.id, account, "passkey-added");
    });
  }

  /** False where it is the last one, or none of this account. */
  removePasskey(account: StaffAccount, id: string): boolean {
    return this.#together(() => {
      if (this.passkeys.of(account.id).length < 2) return false;
      if (!this.passkeys.remove(account.id, id)) return false;
      this.#note(account.id, account, "passkey-removed");
      return true;
    });
  }

  /** New recovery codes in place of all earlier ones. They are shown now and never again. */
  async makeRecoveryCodes(account: StaffAccount): Promise<readonly string[]> {
    this.codes.withdraw("recovery", account.id);
    const codes: string[] = [];
    for (let i = 0; i < recoveryCodesCount; i++) {
      codes.push(await this.codes.create("recovery", account.id, null));
    }
    this.#note(account.id, account, "recovery-codes-made");
    return codes;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  async #invitationFor({ id }: StaffAccount, at: WallMs) {
    const expiresAt = (at + invitationMs) as WallMs;
    return { code: await this.codes.create("invitation", id, expiresAt), expiresAt };
  }

  #accountFor({ purpose, account }: ProvedCode, who: Beginner, at: WallMs): StaffAccount {
    if (account === null) {
      return this.accounts.create({
        ...{ ...who, grants: everything, status: "active", createdAt: at },
      });
    }
    return purpose === "recovery"
      ? this.accounts.get(account)
      : this.accounts.change(account, { status: "active" });
  }

  /** Nothing that somebody has opens anything from now on. */
  #shutOut(id: string): void {
    this.passkeys.forget(id);
    this.codes.forget(id);
    this.#endSessions(id);
  }

  #endSessions(who: string): void {
    const sessions = this.sessions.endAll(who);
    if (sessions === 0) return;
    this.notes.add({ type: "sign-in.closed", who, sessions, why: "account-changed" });
  }

  #note(
    who: Actor,
    { id, grants }: StaffAccount,
    change: Extract<SignInBody, { type: "sign-in.account-changed" }>["change"],
  ): void {
    const said = grants.map(({ role, sites }) => ({ role, sites: sites && [...sites] }));
    this.notes.add({ type: "sign-in.account-changed", who, account: id, change, grants: said });
  }

  #together<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }
}
