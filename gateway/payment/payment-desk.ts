import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import type { PhoneSignature } from "#contract/phone-evidence.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { PaymentRules } from "#firmware-config/payment.ts";
import {
  type Answer,
  isFresh,
  type Refusal,
  refusal,
  type ServiceDeskPorts,
} from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { PhoneVerifier } from "../step-up/phone-judge.ts";
import type { Payment, PaymentState } from "../views/payment-book.ts";
import { keyOf, type Proof } from "../views/proved-decisions.ts";
import { judgeTier, type TierOf } from "./tier.ts";

type Authorised = Extract<EventBody, { type: "payment.authorised" }>;
type Voided = Extract<EventBody, { type: "payment.voided" }>;

export interface PaymentPorts extends ServiceDeskPorts {
  rules(): PaymentRules;
  readonly tierOf: TierOf;
  /** What verifies phones' signatures; unset, a phone is not available here. */
  readonly phone?: PhoneVerifier | undefined;
  /** What a phone signed for a decision, as long as it is kept. */
  phoneOf(decision: EventRef): PhoneSignature | undefined;
  /** What the view `payment` holds now. */
  state(): PaymentState;
}

export type PaymentAsked = Pick<
  Authorised,
  "merchant" | "reference" | "amountYen" | "currency" | "decision"
>;
type PaymentNamed = Pick<Authorised, "merchant" | "reference">;

export interface PaymentAnswer {
  readonly payment: Payment;
  readonly state: "authorised" | "voided" | "expired";
}

const dayMs = 24 * 3_600_000;

/**
 * Authorises payments and settles none. The merchant's reference names a payment for ever: asked again
 * for the same, the answer is the same, in whatever state the payment is by then.
 */
export class PaymentDesk {
  readonly #ports: PaymentPorts;
  readonly #holds = new Holds();

  constructor(ports: PaymentPorts) {
    this.#ports = ports;
  }

  /**
   * Refuses PAYMENT_DIFFERS for a reference that stands for another amount or person, PAYMENT_METHOD_UNAVAILABLE and PAYMENT_NOT_PROVED by the tier, and the codes of a decision
   * that is missing, not fresh, spent, or made elsewhere.
   */
  async authorise(asked: PaymentAsked): Promise<Answer<PaymentAnswer>> {
    const keys = [`${asked.merchant} ${asked.reference}`, keyOf(asked.decision)];
    return await this.#holds.while(keys, async () => {
      const before = this.#ports.state().find(asked);
      if (before) return this.#again(before, asked);
      const body = this.#judge(asked);
      if ("ok" in body) return body;
      await this.#ports.record(body);
      return this.find(asked);
    });
  }

  /**
   * Takes an authorisation back. Once more changes nothing. Refuses PAYMENT_UNKNOWN, and
   * PAYMENT_EXPIRED for what has ended by itself.
   */
  async void(asked: Omit<Voided, "type">): Promise<Answer<PaymentAnswer>> {
    return await this.#holds.while([`${asked.merchant} ${asked.reference}`], async () => {
      const known = this.find(asked);
      if (!known.ok || known.state === "voided") return known;
      if (known.state === "expired") {
        return refusal("PAYMENT_EXPIRED", "the authorisation has ended by itself");
      }
      await this.#ports.record({ type: "payment.voided", ...asked });
      return this.find(asked);
    });
  }

  /** A payment as it stands now. Refuses PAYMENT_UNKNOWN, and a flaw's code where it does not stand. */
  find(asked: PaymentNamed): Answer<PaymentAnswer> {
    const payment = this.#ports.state().find(asked);
    if (!payment)
      return refusal("PAYMENT_UNKNOWN", "nobody authorised a payment of that reference");
    if (payment.flaw) return refusal(payment.flaw, "that payment does not stand");
    const state = stateAt(payment, this.#ports.clock.wall());
    return { ok: true, payment, state };
  }

  /** A second tap of the same person is a retry; another person's is a reference used twice. */
  #again(before: Payment, asked: PaymentAsked): Answer<PaymentAnswer> {
    const person = this.#ports.state().proof(asked.decision)?.person ?? before.person;
    const { amountYen, currency } = before;
    const same = amountYen === asked.amountYen && currency === asked.currency;
    if (same && person === before.person) return this.find(asked);
    const message = "that reference stands for a payment of another amount or person";
    return refusal("PAYMENT_DIFFERS", message);
  }

  #judge(asked: PaymentAsked): Authorised | Refusal {
    const { clock, rules, tierOf, phone } = this.#ports;
    const state = this.#ports.state();
    const now = clock.wall();
    const rule = inForceAt(rules(), now);
    const proof = state.proof(asked.decision);
    if (!proof) return refusal("DECISION_MISSING", "the box's decision is not in the ledger (yet)");
    if (state.merchantOf(asked.decision, proof.at) !== asked.merchant) {
      return refusal("DECISION_OTHER_PLACE", "the box of that decision is not this merchant's");
    }
    if (state.isSpent(asked.decision)) {
      return refusal("DECISION_SPENT", "the person agreed to another payment with that decision");
    }
    if (!isFresh(proof.at, now, rule.decisionMinutesMax)) {
      return refusal("DECISION_NOT_FRESH", "that decision is not of these minutes; ask again");
    }
    const tier = tierOf(asked.amountYen, now);
    const verdict = judgeTier(tier, proof.factors, phone ? ["face", "card", "phone"] : undefined);
    if (verdict.kind === "unavailable") {
      const ways = verdict.alternatives.map((way) => way.join(" and ")).join(", or ");
      return refusal(
        "PAYMENT_METHOD_UNAVAILABLE",
        `${tier.asked.join(" and ")} is not available here; take ${ways || "another way to pay"}`,
      );
    }
    if (verdict.kind === "unmet") {
      const needed = tier.asked.join(" and ");
      return refusal("PAYMENT_NOT_PROVED", `this amount needs ${needed} in one decision`);
    }
    if (verdict.used.includes("phone") && !this.#isSignedFor(proof, asked)) {
      return refusal("PAYMENT_NOT_PROVED", "the phone signed for another payment than this one");
    }
    return {
      ...{ type: "payment.authorised", ...asked, person: proof.person, tier: tier.name },
      ...{ asked: [...tier.asked], used: [...verdict.used] },
      expiresAt: (now + rule.authorisationDays * dayMs) as WallMs,
    };
  }

  /** A phone's signature is good for the one payment that it names. */
  #isSignedFor({ ref, at, service, person }: Proof, asked: PaymentAsked): boolean {
    const { reference, amountYen } = asked;
    const { phone, phoneOf } = this.#ports;
    const signed = phoneOf(ref);
    const expected = { device: ref.device, service, person, at, payment: { reference, amountYen } };
    return signed !== undefined && phone?.flawOf(signed, expected) === undefined;
  }
}

/** A payment ends at `expiresAt`, and earlier where somebody took it back. */
export function stateAt(
  { voidedAt, expiresAt }: Pick<Payment, "voidedAt" | "expiresAt">,
  now: number,
): PaymentAnswer["state"] {
  if (voidedAt !== null) return "voided";
  return now >= expiresAt ? "expired" : "authorised";
}
