import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { Factor } from "#contract/bodies/payment.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";

/** An event's identity as the key of a map. */
export const keyOf = ({ device, sequence }: EventRef): string => `${device} ${sequence}`;

/** A fact with its place in time, which no order of arrival changes. */
export interface Fact<Body> {
  readonly ref: EventRef;
  readonly at: WallMs;
  readonly body: Body;
}

type Ordered = Pick<Fact<unknown>, "ref" | "at">;

/** By time, then by box and number: every replay and every order of arrival gives the same. */
export function inTime(a: Ordered, b: Ordered): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.ref.device !== b.ref.device) return a.ref.device < b.ref.device ? -1 : 1;
  return a.ref.sequence - b.ref.sequence;
}

/** Facts in the order in which they happened. Sorted again only when one came late. */
export class Facts<Body> {
  readonly #all: Fact<Body>[] = [];
  #sorted = true;

  add(event: Event, body: Body): void {
    const fact = { ref: refOf(event), at: event.at, body };
    const last = this.#all.at(-1);
    if (last && inTime(last, fact) > 0) this.#sorted = false;
    this.#all.push(fact);
  }

  inOrder(): readonly Fact<Body>[] {
    if (!this.#sorted) this.#all.sort(inTime);
    this.#sorted = true;
    return this.#all;
  }
}

export const refOf = ({ device, sequence }: Event): EventRef => ({ device, sequence });

/** A decision that admitted somebody: who, where, when and by what. */
export interface Proof {
  readonly ref: EventRef;
  readonly at: WallMs;
  readonly service: Service;
  readonly person: Pseudonym;
  readonly factors: readonly Factor[];
  /** The card as this service knows it: tells two cards apart, and names neither. */
  readonly card: Pseudonym | undefined;
}

/**
 * What an event of a service proves, from its evidence alone: what a box says that it used and did not bring is
 * not counted, and neither is a face that failed to show life.
 */
export function proofIn(event: Event, service: Service): Proof | undefined {
  const { body } = event;
  if (body.type !== "decision.made" || body.service !== service) return undefined;
  if (body.outcome !== "admit" || body.person === undefined) return undefined;
  const factors = new Set<Factor>();
  let card: Pseudonym | undefined;
  for (const one of body.evidence) {
    if (one.kind === "face" && one.liveness !== "failed") factors.add("face");
    // It was verified on arrival, or the event would have been refused.
    if (one.kind === "phone") factors.add("phone");
    if (one.kind !== "card") continue;
    factors.add("card");
    card = one.card;
  }
  return {
    ...{ ref: refOf(event), at: event.at, service, person: body.person },
    ...{ card },
    factors: [...factors].sort(),
  };
}

/** Decisions that proved somebody, for the events that refer to them. */
export class Proofs {
  readonly #byKey = new Map<string, Proof>();

  add(proof: Proof): void {
    this.#byKey.set(keyOf(proof.ref), proof);
  }

  get(ref: EventRef): Proof | undefined {
    return this.#byKey.get(keyOf(ref));
  }

  all(): IterableIterator<Proof> {
    return this.#byKey.values();
  }
}

/** Which box worked where, and when. */
export class Places {
  readonly #service: Service;
  readonly #boxes = new Map<DeviceId, (Ordered & { readonly place: PlaceId | null })[]>();

  constructor(service: Service) {
    this.#service = service;
  }

  apply(event: Event): void {
    const { body } = event;
    // Where boxes work is said at the desk: a box's own word on it moves none.
    if (event.device !== deskDevice || body.type !== "place.box-assigned") return;
    if (body.service !== this.#service) return;
    const known = this.#boxes.get(body.box) ?? [];
    known.push({ ref: refOf(event), at: body.from, place: body.place });
    this.#boxes.set(body.box, known.sort(inTime));
  }

  /** Boxes of which somebody said once where they work. */
  get boxes(): readonly DeviceId[] {
    return [...this.#boxes.keys()];
  }

  /** Where the box worked at that time; null when nobody said so. */
  of(box: DeviceId, at: WallMs): PlaceId | null {
    return this.#boxes.get(box)?.findLast(({ at: from }) => from <= at)?.place ?? null;
  }
}
