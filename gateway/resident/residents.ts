import * as z from "zod";
import type { ConsentKey } from "#contract/consent.ts";
import { TeburaError } from "#contract/errors.ts";
import { pseudonymSchema, type WallMs } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { gatewayFiles } from "../config.ts";
import { personFiles } from "../persons/open-persons.ts";
import { referenceSchema } from "../persons/records.ts";
import { Sealer } from "../persons/sealer.ts";
import { CounterRealm } from "../sign-in/counter-realm.ts";

const residentTable = `
  CREATE TABLE residents (
    id TEXT PRIMARY KEY,
    found BLOB NOT NULL UNIQUE,
    who BLOB NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

/** Whose page it is: somebody in the registry, or somebody whom one service knows by a pseudonym alone. */
export const residentSchema = z.union([
  z.strictObject({ reference: referenceSchema }),
  z.strictObject({ service: serviceSchema, person: pseudonymSchema }),
]);
export type ResidentIdentity = { readonly reference: string } | ConsentKey;

/** People who look after their own consents at the page. Who an account is lies sealed. */
export class Residents extends CounterRealm {
  readonly #sealer: Sealer;

  constructor(dataDir: string) {
    const path = gatewayFiles(dataDir).residents;
    super({
      ...{ path, table: "residents", migrations: [residentTable] },
      ...{ prefix: "resident", name: "わたしのデータ My data" },
    });
    this.#sealer = new Sealer(secretBytesFile(personFiles(dataDir).key));
  }

  /** `by` is the clerk who saw the card. Gives the code with which the person begins. */
  async admit(by: string, who: ResidentIdentity, at: WallMs) {
    const found = this.#indexOf(who);
    return await this.invite(by, at, {
      known: () => this.#accountAt(found),
      keep: (account) => {
        const sealed = this.#sealer.seal(`resident ${account}`, JSON.stringify(who));
        this.database
          .prepare("INSERT INTO residents (id, found, who, created_at) VALUES (?, ?, ?, ?)")
          .run(account, found, sealed, at);
      },
    });
  }

  /** Takes away the accounts of somebody who is forgotten, under each of their names; gives how many. */
  forget(names: readonly ResidentIdentity[], by: string): number {
    const accounts = names.map((who) => this.#accountAt(this.#indexOf(who)));
    return this.close(
      accounts.filter((account) => account !== undefined),
      by,
    );
  }

  /** Whose account this is. Throws ACCOUNT_UNKNOWN. */
  identityOf(account: string): ResidentIdentity {
    const row = this.database.prepare("SELECT who FROM residents WHERE id = ?").get(account) as
      | { readonly who: Buffer }
      | undefined;
    if (!row) throw new TeburaError("ACCOUNT_UNKNOWN", "there is no account with this id");
    return residentSchema.parse(JSON.parse(this.#sealer.open(`resident ${account}`, row.who)));
  }

  #indexOf(who: ResidentIdentity): Buffer {
    const text = JSON.stringify("reference" in who ? [who.reference] : [who.service, who.person]);
    return this.#sealer.index("resident", text);
  }

  #accountAt(found: Buffer): string | undefined {
    const kept = this.database.prepare("SELECT id FROM residents WHERE found = ?").get(found);
    return (kept as { readonly id: string } | undefined)?.id;
  }
}
