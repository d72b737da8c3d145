import type { EventBody } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Lease } from "#contract/leases.ts";
import { settle } from "#device/policy/settle.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { type CardProof, performStepUp } from "#device/step-up/perform.ts";
import { defaultPolicyTable } from "#firmware-config/policy-default.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import { SoftCard } from "#test/support/soft-card.ts";
import { cardNameOf, cardRules, type Holder, hierarchy } from "./cards.ts";
import type { Random } from "./random.ts";

/** What somebody does at a box with a card: what is right, and what a thief tries. */
export const cardDeeds = ["honest", "replayed", "for another"] as const;
export type CardDeed = (typeof cardDeeds)[number];

const service = "shelter.check-in";

export const askBody: EventBody = {
  ...{ type: "decision.made", service, outcome: "ask-card", reason: "policy-needs-card" },
  evidence: [],
};

/** What is to be recorded, and what it commits to. */
export interface Answered {
  readonly body: EventBody;
  readonly openings: readonly Opening[];
}

interface CardReaderOptions {
  readonly device: DeviceId;
  readonly path: string;
  wall(): WallMs;
}

/** The part of a box that speaks with cards: the real step-up over the real store of leased nonces. */
export class CardReader implements Disposable {
  readonly #options: CardReaderOptions;
  readonly #nonces: NonceStore;

  constructor(options: CardReaderOptions) {
    this.#options = options;
    this.#nonces = new NonceStore(options.path);
  }

  /** What health says of it. */
  get lasting(): number {
    return this.#nonces.lasting(this.#options.wall());
  }

  keep(lease: Lease): void {
    this.#nonces.add(lease, this.#options.wall());
  }

  /** The answer of one card to an ask that is on disk, for whom the box believes it to be. */
  async answer(asked: number, holder: Holder, person: Pseudonym, luck: Random): Promise<Answered> {
    const { wall, device } = this.#options;
    const pin = luck.pick(["1234", "1234", "1234", "9999", undefined]);
    const { finding, proof } = await performStepUp(
      new SoftCard(holder.card),
      { asked, isVirtual: true },
      {
        ...{ device, service, factor: "pin", wall },
        rules: { ...cardRules, trust: () => hierarchy().trust },
        personOf: () => person as unknown as PersonId,
        pseudonymOf: (one) => one as unknown as Pseudonym,
        cardNameOf: (card) => cardNameOf(service, card),
        freshSalt: () => Uint8Array.from({ length: 16 }, () => luck.int(0, 255)),
        noncesLeft: () => this.#nonces.left(wall()),
        takeNonce: () => this.#nonces.take(wall()),
        askPin: async ({ wasWrong }) =>
          pin === undefined || wasWrong ? undefined : Uint8Array.from(Buffer.from(pin)),
        onSigning: () => undefined,
      },
    );
    const policy = policyFor(defaultPolicyTable[service]);
    const { decision, factors } = settle(policy, { face: undefined, card: finding });
    const shown = proof && decision.outcome === "admit" ? [proof] : [];
    const body: EventBody = {
      ...{ type: "decision.made", service, outcome: decision.outcome, reason: decision.reason },
      ...(decision.person ? { person } : {}),
      ...(factors.length > 0 ? { factors: [...factors] } : {}),
      answers: asked,
      ...(finding.kind === "refused" ? { cardRefusal: finding.code } : {}),
      evidence: shown.map(({ evidence }) => evidence),
    };
    return { body, openings: shown.map(({ opening }) => opening) };
  }

  [Symbol.dispose](): void {
    this.#nonces[Symbol.dispose]();
  }
}

/** An admission on what a card once signed for something else. */
export function replayed(asked: number, { proof, person }: Stolen): Answered {
  const body: EventBody = {
    ...{ type: "decision.made", service, outcome: "admit", reason: "card-proved", person },
    ...{ factors: ["card-pin"], answers: asked, evidence: [proof.evidence] },
  };
  return { body, openings: [proof.opening] };
}

/** What a card once signed, and for whom. */
export interface Stolen {
  readonly proof: CardProof;
  readonly person: Pseudonym;
}
