import { TeburaError } from "#contract/errors.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { CounterRealm } from "../sign-in/counter-realm.ts";

const familyTable = `
  CREATE TABLE families (
    id TEXT PRIMARY KEY,
    known_as TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

/** What the registry calls a guardian, as the service of route watch names them; null for everybody else. */
const guardianColumn = "ALTER TABLE families ADD COLUMN guardian TEXT;";

interface Row {
  readonly id: string;
  readonly knownAs: Pseudonym;
  readonly guardian: Pseudonym | null;
}

/**
 * Family members who may ask, each by the keyed hash under which an evacuee would have named them. No
 * name is kept here. An account is made at a desk of the city, where somebody has looked at a card or a
 * licence.
 */
export class Family extends CounterRealm {
  constructor(path: string) {
    super({
      ...{ path, table: "families", migrations: [familyTable, guardianColumn] },
      ...{ prefix: "family", name: "ご家族 Family" },
    });
  }

  /**
   * `by` is the clerk who saw the card. Gives the code with which the family member begins. A `guardian` has
   * an account of their own for it: a school's word opens no shelter's list.
   */
  async admit(by: string, knownAs: Pseudonym, at: WallMs, guardian: Pseudonym | null = null) {
    return await this.invite(by, at, {
      known: () => this.#find("known_as", knownAs)?.id,
      keep: (account) => {
        this.database
          .prepare("INSERT INTO families (id, known_as, created_at, guardian) VALUES (?, ?, ?, ?)")
          .run(account, knownAs, at, guardian);
      },
    });
  }

  /** The name by which evacuees have named whoever has this account. */
  knownAs(account: string): Pseudonym {
    const found = this.#find("id", account);
    if (!found) throw new TeburaError("ACCOUNT_UNKNOWN", "there is no account with this id");
    return found.knownAs;
  }

  /** Whom the registry knows as the guardian of this account; null for one that asks after evacuees. */
  guardianOf(account: string): Pseudonym | null {
    return this.#find("id", account)?.guardian ?? null;
  }

  /** Takes away the accounts of a guardian who is forgotten, by the names that the registry gave them; how many. */
  forgetGuardian(names: readonly Pseudonym[], by: string): number {
    const find = this.database.prepare("SELECT id FROM families WHERE guardian = ?").pluck();
    return this.close(
      names.flatMap((name) => find.all(name) as string[]),
      by,
    );
  }

  #find(by: "id" | "known_as", value: string) {
    return this.database
      .prepare(`SELECT id, known_as AS knownAs, guardian FROM families WHERE ${by} = ?`)
      .get(value) as Row | undefined;
  }
}
