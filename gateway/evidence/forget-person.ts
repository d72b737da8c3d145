import { setImmediate as nextTurn } from "node:timers/promises";
import type { EventBody } from "#contract/events.ts";
import type { Digest } from "#contract/ids.ts";
import type { CardNameOf } from "#contract/pseudonym.ts";
import { serviceNames } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { GalleriesFile } from "../gallery/galleries-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { pagesOf } from "../ledger/pages.ts";
import { placed } from "../ledger/placed.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { CardRegistry, NamedPerson } from "../step-up/card-registry.ts";
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
  readonly cardNameOf: CardNameOf;
  readonly clock: Pick<Clock, "wall">;
  record(body: EventBody): Promise<unknown>;
}

/**
 * Forgets a person: the keys of all that their cards ever proved, so that nothing of it opens again, what
 * was signed of their consents, which cards were theirs, and what the registry holds. The ledger stays as it
 * was signed; it names them by what means nothing any more, and says how much evidence went.
 */
export class PersonForgetter {
  readonly #ports: ForgetPorts;

  constructor(ports: ForgetPorts) {
    this.#ports = ports;
  }

  /** False where nothing was held of anybody by that name. */
  async forget(whom: ToForget): Promise<boolean> {
    const { registry, cards, vault, cardNameOf, clock, record, statements } = this.#ports;
    const names = this.#namesOf(whom);
    const reference = this.#referenceOf(whom);
    const known = cards.knownOf(names);
    const all = [...names, ...known.names];
    if (all.length === 0) return false;
    const people = all.map(({ service, person }) => ({ service, name: person }));
    const named = known.cards.flatMap((card) =>
      serviceNames.map((service) => ({ service, name: cardNameOf(service, card) })),
    );
    statements().forgetStatements(await this.#statementsOf(all));
    const count = vault.forget(people, named);
    // What leads to all of this goes last: whoever is asked to go on after a power cut finds it.
    cards.forget(all);
    if (reference !== undefined) registry.forget(reference);
    const before = clock.wall();
    if (count > 0) await record({ type: "retention.applied", what: "forgotten", before, count });
    return reference !== undefined || known.names.length > 0 || count > 0;
  }

  /** Reads the whole ledger once: what was signed by them, for them, or by them for somebody else. */
  async #statementsOf(names: readonly NamedPerson[]): Promise<readonly Digest[]> {
    const named = new Set(names.map(({ service, person }) => `${service} ${person}`));
    const found: Digest[] = [];
    for (const page of pagesOf(this.#ports.ledger)) {
      for (const { body } of page.map((entry) => placed(entry).event)) {
        if (!("statement" in body) || body.statement === undefined) continue;
        const { service } = body;
        const others = [
          "guardian" in body ? body.guardian : undefined,
          "proxy" in body ? body.proxy : undefined,
        ];
        const isTheirs = [body.person, ...others].some((one) => named.has(`${service} ${one}`));
        if (isTheirs) found.push(body.statement);
      }
      await nextTurn(); // Boxes get their receipts between two pages.
    }
    return found;
  }

  /** What every service calls the person. */
  #namesOf(whom: ToForget): readonly NamedPerson[] {
    const { registry } = this.#ports;
    const id =
      "reference" in whom
        ? registry.idOf(whom.reference)
        : registry.personOf(whom.service, whom.person);
    const given = "reference" in whom ? [] : [whom];
    if (id === undefined) return given;
    return serviceNames.map((service) => ({ service, person: registry.pseudonymOf(service, id) }));
  }

  #referenceOf(whom: ToForget): string | undefined {
    const { registry } = this.#ports;
    if ("reference" in whom) return registry.idOf(whom.reference) && whom.reference;
    const id = registry.personOf(whom.service, whom.person);
    return id && registry.referenceOf(id);
  }
}
