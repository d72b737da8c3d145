import type { Event, Reason } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { rememberingCheck } from "#contract/pki/remembering-check.ts";
import { signatureCheck } from "#contract/pki/signature.ts";
import type { CardNameOf } from "#contract/pseudonym.ts";
import { type StepUpCode, verifyStepUp } from "#contract/step-up.ts";
import { stepUpIn } from "#contract/step-up-evidence.ts";
import type { Trust } from "#runtime/trust-folder.ts";
import type { CardRegistry, CardUse } from "./card-registry.ts";
import type { NonceLeases } from "./nonce-leases.ts";
import {
  type Earlier,
  type JudgedEvent,
  noPhoneVerifier,
  type PhoneVerifier,
  phoneFlaw,
} from "./phone-judge.ts";

export interface StepUpRules {
  /** Object identifiers of policies; a card's certificate must carry one of them. */
  readonly policies: readonly string[];
  /** A CRL that is older counts as stale, whatever it promises itself. */
  readonly crlAgeMsMax: number;
  /** How far what the card signed may lie from the event around it. */
  readonly apartMsMax: number;
}

interface JudgePorts {
  /** What verifies phones' signatures; left out, none is believed. */
  readonly phone?: PhoneVerifier | undefined;
  readonly rules: StepUpRules;
  readonly nonces: Pick<NonceLeases, "flawOf" | "use">;
  readonly cards: Pick<CardRegistry, "flawOf" | "keep">;
  /** What boxes of this deployment call a card in their events. */
  readonly cardNameOf: CardNameOf;
  trust(): Trust;
  wall(): WallMs;
}

/** What follows from a step-up that holds, once its event is on disk. */
export interface ProvedStepUp extends CardUse {
  readonly nonce: string;
}

export type Judgement =
  | { readonly kind: "no-step-up" }
  | { readonly kind: "proved"; readonly proved: ProvedStepUp }
  | { readonly kind: "refused"; readonly code: StepUpCode };

const rememberedChecks = 20_000;

/** Reasons that say a card was proved, alone or beside the face. */
const cardReasons: ReadonlySet<Reason> = new Set(["card-proved", "face-and-card-proved"]);

/**
 * Judges the step-up of an event from its bytes, the gateway's own trust and what it issued.
 * Nothing that the device concluded is believed: an event that admits on a card brings the card's
 * signature, or is refused.
 */
export class StepUpJudge {
  readonly #ports: JudgePorts;
  readonly #check = rememberingCheck(signatureCheck(), rememberedChecks);

  constructor(ports: JudgePorts) {
    this.#ports = ports;
  }

  /**
   * `used` holds the nonces that events before this one in the same batch have used.
   */
  judge(judged: JudgedEvent, earlier: Earlier, used: ReadonlySet<string>): Judgement {
    const { event, openings } = judged;
    const [opening] = openings;
    const { body, device, at } = event;
    const phone = phoneFlaw(this.#ports.phone ?? noPhoneVerifier, judged, earlier);
    if (phone) return refused(phone);
    if (body.type !== "decision.made") return { kind: "no-step-up" };
    const card = body.evidence.find((one) => one.kind === "card");
    const claims = body.outcome === "admit" && cardReasons.has(body.reason);
    if (!card || !opening) return claims ? refused("STEP_UP_MISSING") : { kind: "no-step-up" };
    const { answers, person, service } = body;
    if (answers === undefined || person === undefined) return refused("STEP_UP_MALFORMED");
    if (!asksFor(service, earlier.event(answers))) return refused("STATEMENT_OTHER_EVENT");
    const { rules, nonces, cards, cardNameOf } = this.#ports;
    const { anchors, crls, ocsp } = this.#ports.trust();
    const verdict = verifyStepUp(stepUpIn(Buffer.from(opening.bytes, "base64url")), {
      expected: { device, event: answers, service, person, at },
      apartMsMax: rules.apartMsMax,
      nonce: (nonce) => (used.has(nonce) ? "NONCE_USED" : nonces.flawOf(nonce, device, at)),
      holder: (identity) => cards.flawOf({ card: identity, person, service, at }),
      anchors,
      policies: rules.policies,
      revocation: { crls, ocsp, now: this.#ports.wall(), crlAgeMsMax: rules.crlAgeMsMax },
      check: this.#check,
    });
    if (!verdict.ok) return refused(verdict.code);
    const isSaid =
      verdict.factor === card.factor && cardNameOf(service, verdict.card) === card.card;
    if (!isSaid) return refused("STEP_UP_DIFFERS");
    const { statement, expiresAt } = verdict;
    const { nonce } = statement;
    return {
      kind: "proved",
      proved: { nonce, card: verdict.card, expiresAt, person, service, at },
    };
  }

  /**
   * Call before the next event is judged: its card is this person's, whatever becomes of the event. What
   * a card has proved stays proved, and two events that are committed together must not give one person
   * two cards.
   */
  link(proved: ProvedStepUp): void {
    this.#ports.cards.keep(proved);
  }

  /** Call when the event is on disk: its nonce is used up. Sooner, its own repeat would be refused. */
  spend(proved: ProvedStepUp): void {
    this.#ports.nonces.use(proved.nonce);
  }
}

const refused = (code: StepUpCode): Judgement => ({ kind: "refused", code });

/** Only an event that really asked for a card can be answered with one. */
function asksFor(service: string, event: Event | undefined): boolean {
  const body = event?.body;
  return body?.type === "decision.made" && body.outcome === "ask-card" && body.service === service;
}
