import { randomBytes } from "node:crypto";
import type { PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import type { CardChannel, CardReaders, SigningCard } from "../card/card.ts";
import type { CardLinks } from "../gallery/card-links.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import { CardDesk, type CardDeskPorts, type CardPrompt } from "./card-desk.ts";
import type { CardTrust } from "./examine-card.ts";
import type { NonceStore } from "./nonce-store.ts";

/** The card readers of a box, and who stands before them. */
export interface CardPorts {
  readonly readers: CardReaders;
  readonly prompt: CardPrompt;
  openCard(channel: CardChannel): Promise<SigningCard>;
}

/** Rules for cards, and the folder of anchors and lists that they are held against. */
export interface TrustSettings extends Omit<CardTrust, "trust"> {
  readonly trustDir: string;
}

interface DeskParts extends Pick<CardDeskPorts, "record" | "missed" | "act" | "duty"> {
  readonly cards: CardPorts;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Pick<DeviceIdentity, "id" | "pseudonymOf" | "personOfCard" | "cardNameOf">;
  /** Whether a person is on this box, by their own consent. */
  isHere(person: PersonId): boolean;
  /**
   * Whether people may enrol here by themselves with their card: then it serves them without a template
   * too, and nobody has to give one to be let in.
   */
  readonly cardsSpeak: boolean;
  readonly service: Service;
  readonly policy: ServicePolicy;
  readonly cardTrust: TrustSettings;
  readonly nonces: NonceStore;
  readonly links: CardLinks;
}

/** Joins the card reader to this box's identity, nonces, trust and gallery. */
export function openCardDesk(parts: DeskParts): CardDesk {
  const { cards, clock, log, identity, service, nonces, links } = parts;
  const { trustDir, ...rules } = parts.cardTrust;
  const folder = new TrustFolder(trustDir, { clock, log });
  return new CardDesk({
    ...{ ...cards, clock, log, record: parts.record, missed: parts.missed, act: parts.act },
    duty: parts.duty,
    get policy() {
      return parts.policy;
    },
    stepUp: {
      ...{ device: identity.id, service },
      rules: { ...rules, trust: () => folder.trust },
      wall: () => clock.wall(),
      pseudonymOf: (person) => identity.pseudonymOf(service, person),
      cardNameOf: (card) => identity.cardNameOf(service, card),
      freshSalt: () => randomBytes(16),
      noncesLeft: () => nonces.left(clock.wall()),
      takeNonce: () => nonces.take(clock.wall()),
    },
    personOf(card, likely) {
      if (links.has(card)) return links.personOf(card, likely);
      const own = identity.personOfCard(card);
      if (parts.cardsSpeak || parts.isHere(own)) return own;
      const { unknownCard } = parts.policy.card;
      return unknownCard === "register" ? personBehind(card, identity) : undefined;
    },
  });
}

/**
 * The person that a card stands for where nobody has enrolled its owner: the same one at every box of a
 * deployment, since a keyed hash of the deployment names them, and not a box's own.
 */
function personBehind(
  { issuerKey, serial }: CardIdentity,
  { pseudonymOf }: Pick<DeviceIdentity, "pseudonymOf">,
): PersonId {
  return `card-${pseudonymOf("counter", `card ${issuerKey} ${serial}` as PersonId)}` as PersonId;
}
