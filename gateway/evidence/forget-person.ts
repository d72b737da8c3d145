import { setImmediate as nextTurn } from "node:timers/promises";
import type { EventBody } from "#contract/events.ts";
import type { Digest, PersonId, WallMs } from "#contract/ids.ts";
import type { CardNameOf, PseudonymOf } from "#contract/pseudonym.ts";
import { serviceNames } from "#contract/services.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { Clock } from "#runtime/clock.ts";
import { type Leaving, namedAs } from "../consent/forgotten-ends.ts";
import type { GalleriesFile } from "../gallery/galleries-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { pagesOf } from "../ledger/pages.ts";
import { placed } from "../ledger/placed.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { CardRegistry, NamedPerson } from "../step-up/card-registry.ts";
import type { ConsentBook } from "../views/consent-book.ts";
import type { EvidenceVault } from "./evidence-vault.ts";

/** Whom to forget: by the office's number, or as a service knows somebody whom no office has registered. */
export type ToForget = { readonly reference: string } | NamedPerson;

export interface ForgetPorts {
  readonly registry: Pick<
    PersonRegistry,
    "idOf" | "pseudonymOf" | "personOf" | "referenceOf" | "forget"
  >;
  readonly cards: Pick<CardRegistry, "knownOf" | "forget">;
  readonly vault: Pick<EvidenceVault, "forget">;
  readonly ledger: Pick<Ledger, "after">;
  /** Where consents lie as they were signed. */
  statements(): Pick<GalleriesFile, "forgetStatements">;
  /** Ends what would outlive somebody who is forgotten; gives how much. */
  endFor(leaving: Leaving): Promise<number>;
  consents(): Pick<ConsentBook, "of">;
  readonly cardNameOf: CardNameOf;
  readonly pseudonymOf: PseudonymOf;
  /** Who somebody is whom only their card names. */
  personOfCard(card: CardIdentity): PersonId;
  readonly clock: Pick<Clock, "wall">;
  record(body: EventBody): Promise<unknown>;
}

/** What came of it. */
export interface Forgotten {
  /** False where nothing was held of anybody by that name. */
  readonly forgotten: boolean;
  /**
   * By which names services knew them to whom they had agreed, and when that ended: from now on nobody can
   * find these out, and by them the proof is asked for that every box has deleted.
   */
  readonly consents: readonly (NamedPerson & { readonly endedAt: WallMs | null })[];
}

/**
 * Forgets a person. First all that would outlive them ends, so that boxes delete their templates. Then go the
 * keys of all that their cards ever proved, so that nothing of it opens again, what was signed of their
 * consents, which cards were theirs, and what the registry holds. The ledger stays as it was signed; it names
 * them by what means nothing any more, and says how much evidence went.
 */
export class PersonForgetter {
  readonly #ports: ForgetPorts;

  constructor(ports: ForgetPorts) {
    this.#ports = ports;
  }

  /** `who` forgets them: an office's own name for the clerk or key. */
  async forget(whom: ToForget, who: string): Promise<Forgotten> {
    const { registry, cards, vault, cardNameOf, clock, record, statements } = this.#ports;
    const id = this.#idOf(whom);
    const reference = id && registry.referenceOf(id);
    const names = this.#namesOf(whom, id);
    const known = cards.knownOf(names);
    const all = unlike([...names, ...known.names, ...this.#namesByCard(known.cards)]);
    const leaving: Leaving = { names: all, cards: known.cards, id, who };
    const { ended, signed } = await this.#end(leaving);
    const consents = this.#consentsOf(all);
    statements().forgetStatements(signed);
    const people = all.map(({ service, person }) => ({ service, name: person }));
    const named = known.cards.flatMap((card) =>
      serviceNames.map((service) => ({ service, name: cardNameOf(service, card) })),
    );
    const count = vault.forget(people, named);
    // What leads to all of this goes last: whoever is asked to go on after a power cut finds it.
    cards.forget(all);
    if (reference !== undefined) registry.forget(reference);
    const before = clock.wall();
    if (count > 0) await record({ type: "retention.applied", what: "forgotten", before, count });
    const forgotten = reference !== undefined || known.names.length + ended + count > 0;
    return { forgotten, consents };
  }

  /** Ends what is to end, and finds what was signed; again where a card agreed to something meanwhile. */
  async #end(leaving: Leaving) {
    const { endFor } = this.#ports;
    let ended = await endFor(leaving);
    for (;;) {
      const signed = await this.#statementsOf(leaving.names);
      const since = await endFor(leaving);
      ended += since;
      if (since === 0) return { ended, signed };
    }
  }

  #consentsOf(names: readonly NamedPerson[]): Forgotten["consents"] {
    const { consents, clock } = this.#ports;
    const now = clock.wall();
    return names.flatMap(({ service, person }) => {
      const standing = consents().of({ service, person }, now);
      return standing ? [{ service, person, endedAt: standing.endedAt }] : [];
    });
  }

  /** Reads the whole ledger once: what was signed by them, for them, or by them for somebody else. */
  async #statementsOf(names: readonly NamedPerson[]): Promise<readonly Digest[]> {
    const theirs = namedAs({ names });
    const found: Digest[] = [];
    for (const page of pagesOf(this.#ports.ledger)) {
      for (const { body } of page.map((entry) => placed(entry).event)) {
        if (!("statement" in body) || body.statement === undefined) continue;
        const { service } = body;
        const others = [
          "guardian" in body ? body.guardian : undefined,
          "proxy" in body ? body.proxy : undefined,
        ];
        const isTheirs = [body.person, ...others].some((one) => theirs(service, one));
        if (isTheirs) found.push(body.statement);
      }
      await nextTurn(); // Boxes get their receipts between two pages.
    }
    return found;
  }

  /** What every service calls the person. */
  #namesOf(whom: ToForget, id: PersonId | undefined): readonly NamedPerson[] {
    const { registry } = this.#ports;
    const given = "reference" in whom ? [] : [whom];
    if (id === undefined) return given;
    return serviceNames.map((service) => ({ service, person: registry.pseudonymOf(service, id) }));
  }

  /** What services call somebody whom only their card names. */
  #namesByCard(cards: readonly CardIdentity[]): readonly NamedPerson[] {
    const { pseudonymOf, personOfCard } = this.#ports;
    return cards.flatMap((card) =>
      serviceNames.map((service) => ({
        service,
        person: pseudonymOf(service, personOfCard(card)),
      })),
    );
  }

  #idOf(whom: ToForget): PersonId | undefined {
    const { registry } = this.#ports;
    if ("reference" in whom) return registry.idOf(whom.reference);
    return registry.personOf(whom.service, whom.person);
  }
}

const unlike = (names: readonly NamedPerson[]): readonly NamedPerson[] => [
  ...new Map(names.map((name) => [`${name.service} ${name.person}`, name])).values(),
];
