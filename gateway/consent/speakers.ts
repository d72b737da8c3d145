import type { ConsentStatement, SpeakerCode } from "#contract/consent.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { dayBeginsAt, dayEndsAt, reachesAgeAt } from "#contract/of-age.ts";
import type { PseudonymOf } from "#contract/pseudonym.ts";
import type { Service } from "#contract/services.ts";
import type { CardIdentity, HolderCode } from "#contract/step-up.ts";
import type { Capacity, PersonRegistry } from "../persons/person-registry.ts";
import type { CardRegistry } from "../step-up/card-registry.ts";
import type { MandateBook } from "../views/mandate-book.ts";

export interface SpeakersPorts {
  readonly cards: CardRegistry;
  readonly registry: Pick<PersonRegistry, "personOf" | "capacityOf">;
  readonly pseudonymOf: PseudonymOf;
  /** Who somebody is whom only their card names. */
  personOfCard(card: CardIdentity): PersonId;
  mandates(): MandateBook;
  /** From which age people sign for themselves, and by the clock of which place a birthday begins. */
  readonly rules: { readonly ofAgeYears: number; readonly timeZone: string };
}

type Bond = Capacity["guardians"][number];

/** What somebody wants to say with their card. */
export type Said = Pick<ConsentStatement, "service" | "person" | "by" | "at"> & {
  /** Until when what is said would bind the person; unset for what ends something. */
  readonly until?: WallMs;
};

/** By which name the service knows who signed, where it was not the person. */
export interface Signer {
  readonly guardian?: Pseudonym;
  readonly proxy?: Pseudonym;
}

export type Speaking =
  | {
      readonly ok: true;
      readonly signer: Signer;
      /** Until when a guardian may speak for the person. */
      readonly endsAt?: WallMs;
    }
  | { readonly ok: false; readonly code: HolderCode | SpeakerCode };

/**
 * Who may speak for whom. Somebody under the age of the policy, and an adult with a guardian named by a
 * court, has no signature of their own that counts: a guardian signs, never beyond the birthday or the
 * court's date. A proxy speaks in the services and between the moments that the person, or their guardian,
 * has signed. To end something is never refused to the person whom it is about.
 */
export class Speakers {
  readonly #ports: SpeakersPorts;

  constructor(ports: SpeakersPorts) {
    this.#ports = ports;
  }

  judge(card: CardIdentity, said: Said): Speaking {
    if (this.#ports.cards.isLost(card)) return refused("CARD_LOST");
    if (said.by === "guardian") return this.#guardian(card, said);
    return said.by === "proxy" ? this.#proxy(card, said) : this.#self(card, said);
  }

  /** Whether a guardian may speak for somebody now, as far as anybody here knows. */
  mayHaveGuardian(key: Pick<Said, "service" | "person">, at: WallMs): boolean {
    const capacity = this.#capacity(key.service, key.person);
    if (!capacity || capacity.birthDate === undefined) return true;
    return this.#needsGuardian(capacity, at) || this.#ports.cards.hasGuardian(key, at);
  }

  /** Whether somebody other than this one may speak for a person as a guardian now. */
  hasGuardianBeside(
    key: Pick<Said, "service" | "person">,
    at: WallMs,
    { id, cards }: { readonly id: PersonId | undefined; readonly cards: readonly CardIdentity[] },
  ): boolean {
    const capacity = this.#capacity(key.service, key.person);
    const others = capacity?.guardians.filter(({ guardian }) => guardian !== id) ?? [];
    const isBound = others.some((bond) => capacity && this.#maySign(bond, capacity, at));
    return isBound || this.#ports.cards.hasGuardian(key, at, cards);
  }

  /** What a card that spoke has shown of whose it is. */
  keep(
    card: CardIdentity,
    { service, person, by, at }: Said,
    { endsAt, expiresAt }: { readonly endsAt?: WallMs | undefined; readonly expiresAt: WallMs },
  ): void {
    const { cards } = this.#ports;
    if (by === "self") cards.keep({ card, expiresAt, person, service, at });
    if (by === "guardian" && !cards.linkTo(card, { service, person })) {
      cards.addGuardian(card, { service, person }, at, endsAt ?? null, "registry");
    }
  }

  #self(card: CardIdentity, { service, person, at, until }: Said): Speaking {
    const { cards } = this.#ports;
    const capacity = this.#capacity(service, person);
    const isWard = until !== undefined && capacity && this.#needsGuardian(capacity, at);
    const flaw = cards.flawOf({ card, person, service, at });
    if (flaw) {
      // Who the person's guardian is may hear that they are to sign as one; nobody else hears of a ward.
      const selves = this.#registered(card);
      const isGuardians = isWard && capacity.guardians.some((one) => selves.includes(one.guardian));
      return refused(isGuardians ? "GUARDIAN_NEEDED" : flaw);
    }
    // A guardian's card is nobody's own signature but the guardian's.
    if (cards.linkTo(card, { service, person })?.role === "guardian") {
      return refused("CARD_OTHER_PERSON");
    }
    if (isWard) return refused("GUARDIAN_NEEDED");
    return { ok: true, signer: {} };
  }

  #guardian(card: CardIdentity, { service, person, at, until }: Said): Speaking {
    const { cards, rules } = this.#ports;
    const capacity = this.#capacity(service, person);
    const link = cards.linkTo(card, { service, person });
    const selves = this.#registered(card);
    const comesOfAge = capacity && this.#comesOfAge(capacity);
    const isChild = comesOfAge !== undefined && at < comesOfAge;
    const bond = capacity?.guardians.find(
      (one) => selves.includes(one.guardian) && this.#maySign(one, capacity, at),
    );
    if (!bond && link?.role !== "guardian") {
      const wasOne = capacity?.guardians.some(({ guardian }) => selves.includes(guardian));
      return refused(wasOne ? "GUARDIAN_ENDED" : "CARD_OTHER_PERSON");
    }
    const ends = [
      link?.endsAt ?? undefined,
      bond?.until === undefined ? undefined : dayEndsAt(bond.until, rules.timeZone),
      isChild ? comesOfAge : undefined,
    ].filter((end) => end !== undefined);
    if (ends.length === 0) {
      return refused(comesOfAge === undefined || bond ? "GUARDIAN_END_UNKNOWN" : "GUARDIAN_ENDED");
    }
    const endsAt = Math.min(...ends) as WallMs;
    if (at >= endsAt) return refused("GUARDIAN_ENDED");
    if (until !== undefined && until > endsAt) return refused("CONSENT_OUTLIVES_GUARDIAN");
    const [guardian] = this.#namesIn(service, card);
    return { ok: true, endsAt, signer: guardian === undefined ? {} : { guardian } };
  }

  #proxy(card: CardIdentity, { service, person, at, until }: Said): Speaking {
    const mandates = this.#ports.mandates();
    const names = this.#namesIn(service, card);
    const proxy = names.find((name) => mandates.knows({ service, person }, name));
    if (proxy === undefined) return refused("PROXY_OUT_OF_SCOPE");
    const mandate = mandates.standing({ service, person }, proxy, at);
    if (!mandate) return refused("PROXY_OUT_OF_TIME");
    const capacity = this.#capacity(service, person);
    const comesOfAge = capacity && this.#comesOfAge(capacity);
    // Whom a guardian has appointed binds a child no longer than the guardian could.
    const isBeyond = (end: WallMs | undefined) =>
      end !== undefined && until !== undefined && at < end && until > end;
    if (isBeyond(comesOfAge) || (mandate.by === "guardian" && isBeyond(mandate.until))) {
      return refused("CONSENT_OUTLIVES_GUARDIAN");
    }
    const { guardian } = mandate;
    return { ok: true, signer: { proxy, ...(guardian === undefined ? {} : { guardian }) } };
  }

  #capacity(service: Service, person: Pseudonym): Capacity | undefined {
    const { registry } = this.#ports;
    const known = registry.personOf(service, person);
    return known && registry.capacityOf(known);
  }

  /** Whether a tie of the registry lets a guardian sign at a moment. */
  #maySign({ relation, ...span }: Bond, capacity: Capacity, at: WallMs): boolean {
    const comesOfAge = this.#comesOfAge(capacity);
    const anyParentMay = comesOfAge === undefined || at < comesOfAge;
    if (relation === "proxy" || !(anyParentMay || relation === "legal-guardian")) return false;
    return this.#isIn(span, at);
  }

  #comesOfAge({ birthDate }: Capacity): WallMs | undefined {
    const { ofAgeYears, timeZone } = this.#ports.rules;
    return birthDate === undefined ? undefined : reachesAgeAt(birthDate, ofAgeYears, timeZone);
  }

  #needsGuardian(capacity: Capacity, at: WallMs): boolean {
    const comesOfAge = this.#comesOfAge(capacity);
    if (comesOfAge !== undefined && at < comesOfAge) return true;
    return capacity.guardians.some(
      ({ relation, ...span }) => relation === "legal-guardian" && this.#isWard(span, at),
    );
  }

  /** A guardian whose end nobody registered was a child's; a court's has a date. */
  #isWard(span: Pick<Bond, "from" | "until">, at: WallMs): boolean {
    return span.until !== undefined && this.#isIn(span, at);
  }

  #isIn({ from, until }: Pick<Bond, "from" | "until">, at: WallMs): boolean {
    const { timeZone } = this.#ports.rules;
    const hasBegun = from === undefined || at >= dayBeginsAt(from, timeZone);
    return hasBegun && (until === undefined || at < dayEndsAt(until, timeZone));
  }

  /** Who the owner of a card is in the registry, as far as a service has met them. */
  #registered(card: CardIdentity): readonly PersonId[] {
    const { cards, registry, personOfCard } = this.#ports;
    const met = cards
      .namesOfOwner(card)
      .map(({ service, person }) => registry.personOf(service, person))
      .filter((id) => id !== undefined);
    return [...new Set([...met, personOfCard(card)])];
  }

  /** By which names a service may know the owner of a card, the surest first. */
  #namesIn(service: Service, card: CardIdentity): readonly Pseudonym[] {
    const { cards, pseudonymOf } = this.#ports;
    const met = cards.namesOfOwner(card).filter((name) => name.service === service);
    const known = this.#registered(card).map((person) => pseudonymOf(service, person));
    return [...new Set([...met.map(({ person }) => person), ...known])];
  }
}

const refused = (code: HolderCode | SpeakerCode): Speaking => ({ ok: false, code });
