import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { strengthOfFactors } from "#firmware-config/payment-tier.ts";
import { judgeTier, type TierOf } from "../payment/tier.ts";
import { entry } from "./bus-boarding.ts";
import {
  type Fact,
  inTime,
  keyOf,
  Places,
  type Proof,
  Proofs,
  proofIn,
  refOf,
} from "./proved-decisions.ts";
import type { View } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Authorised = Body<"payment.authorised">;
type Voided = Body<"payment.voided">;

/** Why an authorisation is none. A decision that is missing may still be on its way. */
export type PaymentFlaw =
  | "DECISION_MISSING"
  | "DECISION_OTHER_PERSON"
  | "DECISION_OTHER_PLACE"
  | "DECISION_SPENT"
  | "PAYMENT_NOT_PROVED"
  | "PAYMENT_DIFFERS";

export interface Payment extends Omit<Authorised, "type"> {
  readonly event: EventRef;
  readonly at: WallMs;
  readonly voidedAt: WallMs | null;
  readonly voidedWhy: Voided["why"] | null;
  readonly flaw: PaymentFlaw | null;
  /** The policy in force at that moment asks for something else, which was not given: somebody looks. */
  readonly otherThanPolicy: boolean;
}

/** Authorisations by merchant and reference, and everything on which they stand. */
export class PaymentState {
  readonly #tierOf: TierOf | undefined;
  readonly #places = new Places("payment");
  readonly #proofs = new Proofs();
  readonly #authorised = new Map<string, Fact<Authorised>[]>();
  readonly #voided = new Map<string, Fact<Voided>[]>();
  /** All authorisations that name a decision, by the decision. */
  readonly #byDecision = new Map<string, Fact<Authorised>[]>();

  constructor(tierOf?: TierOf) {
    this.#tierOf = tierOf;
  }

  apply(event: Event): void {
    const { body } = event;
    this.#places.apply(event);
    const fact = { ref: refOf(event), at: event.at };
    if (body.type === "payment.authorised") {
      put(this.#authorised, paymentKey(body), { ...fact, body });
      put(this.#byDecision, keyOf(body.decision), { ...fact, body });
    }
    if (body.type === "payment.voided") put(this.#voided, paymentKey(body), { ...fact, body });
    const proof = proofIn(event, "payment");
    if (proof) this.#proofs.add(proof);
  }

  proof(decision: EventRef): Proof | undefined {
    return this.#proofs.get(decision);
  }

  /** The merchant at whose box a decision was made. */
  merchantOf(decision: EventRef, at: WallMs): PlaceId | null {
    return this.#places.of(decision.device, at);
  }

  isSpent(decision: EventRef): boolean {
    return this.#byDecision.has(keyOf(decision));
  }

  /** The first authorisation under a merchant's reference: the one that counts. */
  find(asked: { readonly merchant: string; readonly reference: string }): Payment | undefined {
    return this.#payments(paymentKey(asked))[0];
  }

  all(): readonly Payment[] {
    const keys = [...this.#authorised.keys()];
    return keys
      .flatMap((key) => this.#payments(key).map((payment) => ({ payment, ref: payment.event })))
      .sort((a, b) => inTime({ ref: a.ref, at: a.payment.at }, { ref: b.ref, at: b.payment.at }))
      .map(({ payment }) => payment);
  }

  /** Voids of what nobody authorised: a merchant believes in a payment that does not exist. */
  strayVoids(): readonly Pick<Voided, "merchant" | "reference">[] {
    return [...this.#voided]
      .filter(([key]) => !this.#authorised.has(key))
      .map(([, [first]]) => first!.body)
      .map(({ merchant, reference }) => ({ merchant, reference }))
      .sort((a, b) => (paymentKey(a) < paymentKey(b) ? -1 : 1));
  }

  #payments(key: string): readonly Payment[] {
    const [voided] = this.#voided.get(key) ?? [];
    return (this.#authorised.get(key) ?? []).map((fact, place): Payment => {
      const taken = place === 0 ? voided : undefined;
      const { type: _, ...said } = fact.body;
      const flaw = place > 0 ? "PAYMENT_DIFFERS" : this.#flawOf(fact);
      return {
        ...{ event: fact.ref, at: fact.at, ...said, flaw },
        otherThanPolicy: this.#isOtherThanPolicy(fact),
        ...{ voidedAt: taken?.at ?? null, voidedWhy: taken?.body.why ?? null },
      };
    });
  }

  #isOtherThanPolicy({ at, body: { amountYen, used } }: Fact<Authorised>): boolean {
    const tier = this.#tierOf?.(amountYen, at);
    return tier !== undefined && judgeTier(tier, used).kind !== "met";
  }

  #flawOf({ ref, body }: Fact<Authorised>): PaymentFlaw | null {
    const { decision, person, merchant, used } = body;
    const proof = this.#proofs.get(decision);
    if (!proof) return "DECISION_MISSING";
    if (proof.person !== person) return "DECISION_OTHER_PERSON";
    if (this.merchantOf(decision, proof.at) !== merchant) return "DECISION_OTHER_PLACE";
    // Whatever a box says that it used: less than it says that it asked for authorises nothing.
    const isLess = strengthOfFactors(used) < strengthOfFactors(body.asked);
    const isProved = used.every((factor) => proof.factors.includes(factor));
    if (isLess || !isProved) return "PAYMENT_NOT_PROVED";
    const [first] = this.#byDecision.get(keyOf(decision)) ?? [];
    return first && keyOf(first.ref) !== keyOf(ref) ? "DECISION_SPENT" : null;
  }
}

export interface Payments {
  readonly payments: readonly Payment[];
  readonly strayVoids: readonly { readonly merchant: string; readonly reference: string }[];
}

/** What was authorised for whom, what was taken back, and what of it does not stand. */
export function paymentBook(tierOf?: TierOf): View<PaymentState, Payments> {
  return {
    name: "payment",
    empty: () => new PaymentState(tierOf),
    apply: (state, { event }) => state.apply(event),
    show: (state) => ({ payments: state.all(), strayVoids: state.strayVoids() }),
  };
}

const paymentKey = ({ merchant, reference }: { merchant: string; reference: string }): string =>
  `${merchant} ${reference}`;

/** In time, whenever it comes: mostly there is one. */
function put<Of>(map: Map<string, Fact<Of>[]>, key: string, fact: Fact<Of>): void {
  const facts = entry(map, key, () => []);
  facts.push(fact);
  if (facts.length > 1) facts.sort(inTime);
}
