import type { EventBody } from "#contract/events.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Lease } from "#contract/leases.ts";
import { settle } from "#device/policy/settle.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { performStepUp } from "#device/step-up/perform.ts";
import { defaultPolicyTable } from "#firmware-config/policy-default.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import { SoftCard } from "#test/support/soft-card.ts";
import { type CardEvidence, cardRules, type Holder, hierarchy } from "./cards.ts";
import type { Random } from "./random.ts";

/** What somebody does at a box with a card: what is right, and what a thief tries. */
export const cardDeeds = ["honest", "replayed", "for another"] as const;
export type CardDeed = (typeof cardDeeds)[number];

const service = "shelter.check-in";

export const askBody: EventBody = {
  ...{ type: "decision.made", service, outcome: "ask-card", reason: "policy-needs-card" },
  evidence: [],
};

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
  async answer(asked: number, holder: Holder, person: Pseudonym, luck: Random): Promise<EventBody> {
    const { wall, device } = this.#options;
    const pin = luck.pick(["1234", "1234", "1234", "9999", undefined]);
    const { finding, evidence } = await performStepUp(
      new SoftCard(holder.card),
      { asked, isVirtual: true },
      {
        ...{ device, service, factor: "pin", wall },
        rules: { ...cardRules, trust: () => hierarchy().trust },
        personOf: () => person as unknown as PersonId,
        pseudonymOf: (one) => one as unknown as Pseudonym,
        noncesLeft: () => this.#nonces.left(wall()),
        takeNonce: () => this.#nonces.take(wall()),
        askPin: async ({ wasWrong }) =>
          pin === undefined || wasWrong ? undefined : Uint8Array.from(Buffer.from(pin)),
        onSigning: () => undefined,
      },
    );
    const policy = policyFor(defaultPolicyTable[service]);
    const { decision, factors } = settle(policy, { face: undefined, card: finding });
    return {
      ...{ type: "decision.made", service, outcome: decision.outcome, reason: decision.reason },
      ...(decision.person ? { person } : {}),
      ...(factors.length > 0 ? { factors: [...factors] } : {}),
      answers: asked,
      ...(finding.kind === "refused" ? { cardRefusal: finding.code } : {}),
      evidence: evidence && decision.outcome === "admit" ? [evidence] : [],
    };
  }

  [Symbol.dispose](): void {
    this.#nonces[Symbol.dispose]();
  }
}

/** An admission on what a card once signed for something else. */
export function replayedBody(
  asked: number,
  { evidence, person }: { readonly evidence: CardEvidence; readonly person: Pseudonym },
): EventBody {
  return {
    ...{ type: "decision.made", service, outcome: "admit", reason: "card-proved", person },
    ...{ factors: ["card-pin"], answers: asked, evidence: [evidence] },
  };
}
