import type { PersonId } from "#contract/ids.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { SignedStatement } from "./sign-consents.ts";
import { randomId, statementDigest } from "./statements.ts";

/** Whom a card has just signed for, and the card that is their own. */
export interface ConsentedPerson {
  readonly name: string;
  readonly templates: readonly Float32Array[];
  readonly card: CardIdentity | undefined;
  readonly all: readonly SignedStatement[];
}

/** Keeps person, rows, statements and what is owed to the ledger: one transaction. */
export function keepConsented(store: GalleryStore, person: PersonId, kept: ConsentedPerson): void {
  const { consents } = store;
  const { name, templates, card, all } = kept;
  try {
    store.transaction(() => {
      store.enrol({ name, templates, replace: true, person });
      if (card) store.cards.link(card, person, "own");
      for (const one of all) {
        const { statement } = one;
        if (statement.act !== "give") continue;
        const { service, person: pseudonym } = statement;
        const { from, until } = statement.terms;
        const before = consents.state.digest;
        const version = randomId();
        const row = { service, person: pseudonym, version, from, until, owner: person };
        consents.put({ ...row, origin: "enrolled" });
        const digest = statementDigest(one);
        consents.handIn(digest, one.signed);
        consents.owe({
          type: "gallery.enrolled",
          ...{ service, person: pseudonym, version, statement: digest },
          ...{ before, after: consents.state.digest },
        });
      }
    });
  } catch (error) {
    consents.forgetState();
    throw error;
  }
}
