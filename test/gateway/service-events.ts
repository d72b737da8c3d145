import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { Factor } from "#contract/bodies/payment.ts";
import { type Event, type EventBody, type Evidence, eventSchema } from "#contract/events.ts";
import type { DeviceId, Digest, Pseudonym } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { PlacedEvent } from "#gateway/ledger/placed.ts";
import type { View } from "#gateway/views/view.ts";

const digest = "A".repeat(43) as Digest;

export const person = (letter: string): Pseudonym => letter.repeat(22) as Pseudonym;
/** Nine in the morning in Tokyo on 2026-04-01. */
export const nine = Date.parse("2026-04-01T00:00:00.000Z");

export const face: Evidence = {
  ...{ kind: "face", model: "test", frames: 3, falseMatchRate: 0.001, liveness: "passed" },
};

const phone: Evidence = { kind: "phone", scheme: "made", commitment: digest };

/** Evidence of a card; two with one name are one card. The gateway judged it long before a view. */
export function card(name = "AAAA"): Evidence {
  return {
    ...{ kind: "card", virtual: true, revocationAgeMs: 0, factor: "pin" },
    ...{ card: name.padEnd(22, "A") as Pseudonym, commitment: digest },
  };
}

/** Boxes and a desk that number their events, and a clock that goes where it is told. */
export class ServiceEvents {
  readonly #sequences = new Map<string, number>();
  readonly events: Event[] = [];
  at = nine;

  say(device: string, body: EventBody, at = this.#later()): EventRef {
    const sequence = (this.#sequences.get(device) ?? 0) + 1;
    this.#sequences.set(device, sequence);
    const made = { v: 1, device, sequence, previous: digest, at, clock: "synced", body };
    this.events.push(eventSchema.parse(made));
    return { device: device as DeviceId, sequence };
  }

  #later(): number {
    this.at += 1_000;
    return this.at;
  }

  desk(body: EventBody, at?: number): EventRef {
    return this.say("gateway-desk", body, at);
  }

  admit(device: string, service: Service, who: Pseudonym, evidence: Evidence[], at?: number) {
    const reason = evidence.some(({ kind }) => kind === "card") ? "card-proved" : "face-matched";
    return this.say(
      device,
      { type: "decision.made", service, outcome: "admit", reason, person: who, evidence },
      at,
    );
  }
}

/** What a view shows after these events, in this order of arrival. */
export function shownBy<State, Shown>(view: View<State, Shown>, events: readonly Event[]): Shown {
  const state = view.empty();
  for (const [at, event] of events.entries()) view.apply(state, placedAt(at, event));
  return view.show(state);
}

export const placedAt = (at: number, event: Event): PlacedEvent => ({
  ...{ index: at + 1, event, refusal: null },
});

/** The same events as if other boxes had found the network first: each box's own order stays. */
export function arrivedOtherwise(events: readonly Event[], turns: readonly number[]): Event[] {
  const boxes = [...new Set(events.map(({ device }) => device))];
  const queues = boxes.map((box) => events.filter(({ device }) => device === box));
  const arrived: Event[] = [];
  for (const turn of turns) {
    const event = queues[turn % Math.max(queues.length, 1)]?.shift();
    if (event) arrived.push(event);
  }
  return [...arrived, ...queues.flat()];
}

export const evidenceOf = (factors: readonly Factor[], cardName?: string): Evidence[] =>
  factors.map((factor) => {
    if (factor === "face") return face;
    return factor === "phone" ? phone : card(cardName);
  });
