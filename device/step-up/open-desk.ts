import type { EventBody } from "#contract/events.ts";
import type { Service } from "#contract/services.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import type { CardChannel, CardReaders, SigningCard } from "../card/card.ts";
import type { CardLinks } from "../gallery/card-links.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { Decision } from "../policy/decide.ts";
import { CardDesk, type CardPrompt } from "./card-desk.ts";
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

interface DeskParts {
  readonly cards: CardPorts;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Pick<DeviceIdentity, "id" | "pseudonymOf">;
  readonly service: Service;
  readonly policy: ServicePolicy;
  readonly cardTrust: TrustSettings;
  readonly nonces: NonceStore;
  readonly links: CardLinks;
  record(body: EventBody): Promise<{ readonly sequence: number }>;
  act(decision: Decision): void;
}

/** Joins the card reader to this box's identity, nonces, trust and gallery. */
export function openCardDesk(parts: DeskParts): CardDesk {
  const { cards, clock, log, identity, service, policy, nonces, links } = parts;
  const { trustDir, ...rules } = parts.cardTrust;
  const folder = new TrustFolder(trustDir, { clock, log });
  return new CardDesk({
    ...{ ...cards, clock, log, policy, record: parts.record, act: parts.act },
    stepUp: {
      ...{ device: identity.id, service },
      rules: { ...rules, trust: () => folder.trust },
      wall: () => clock.wall(),
      pseudonymOf: (person) => identity.pseudonymOf(service, person),
      noncesLeft: () => nonces.left(clock.wall()),
      takeNonce: () => nonces.take(clock.wall()),
    },
    personOf: (card, likely) =>
      links.personOf(card, likely) ??
      (policy.card.unknownCard === "register" ? links.personBehind(card) : undefined),
  });
}
