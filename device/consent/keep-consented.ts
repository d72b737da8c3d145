import type { PersonId, WallMs } from "#contract/ids.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { Agreed } from "../gallery/agreed-rows.ts";
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

/**
 * Keeps person, rows, statements and what is owed to the ledger: one transaction. Without a template, now or
 * before, only that they agreed: nobody is matched, and no other box hears of them, until a face follows.
 */
export function keepConsented(store: GalleryStore, person: PersonId, kept: ConsentedPerson): void {
  const { name, templates, card, all } = kept;
  atOnce(store, () => {
    const hasFace = templates.length > 0 || store.hasTemplates(person);
    if (templates.length > 0 || !hasFace) store.enrol({ name, templates, replace: true, person });
    if (card) store.cards.link(card, person, "own");
    for (const one of all) {
      const { statement } = one;
      if (statement.act !== "give") continue;
      const { service, person: pseudonym } = statement;
      const { from, until } = statement.terms;
      const digest = statementDigest(one);
      const agreed = { service, person: pseudonym, owner: person, statement: digest, from, until };
      store.agreed.put(agreed);
      store.consents.handIn(digest, one.signed);
      if (hasFace) putRow(store, agreed);
    }
  });
}

/** Gives somebody a face who has agreed at this box: rows for what the gateway counts and what stands now. */
export function keepPhotographs(
  store: GalleryStore,
  person: PersonId,
  { name, templates }: Pick<ConsentedPerson, "name" | "templates">,
  now: WallMs,
): void {
  atOnce(store, () => {
    store.enrol({ name, templates, replace: true, person });
    for (const one of store.agreed.of(person)) {
      if (one.counted && one.from <= now && now < one.until) putRow(store, one);
    }
  });
}

function putRow({ consents }: GalleryStore, agreed: Agreed): void {
  const { service, person, owner, statement, from, until } = agreed;
  const before = consents.state.digest;
  const version = randomId();
  consents.put({ service, person, version, from, until, owner, origin: "enrolled" });
  const after = consents.state.digest;
  consents.owe({ type: "gallery.enrolled", service, person, version, statement, before, after });
}

function atOnce(store: GalleryStore, work: () => void): void {
  try {
    store.transaction(work);
  } catch (error) {
    store.consents.forgetState();
    throw error;
  }
}
