import type { EventBody } from "../events.ts";
import type { DeviceId, Pseudonym, WallMs } from "../ids.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

export interface Sighting {
  readonly device: DeviceId;
  /** Of the event in which the box asked who it was. */
  readonly sequence: number;
  readonly at: WallMs;
}

/**
 * People at a door whom a box did not recognise. Each stays open until an answer at the door says who
 * it was, or a clerk does.
 */
export class Sightings {
  readonly #unknown = new Map<string, Sighting>();
  readonly #settled = new Set<string>();
  /** Asks whose answer named somebody: what the ask itself believed counts no more. */
  readonly #answered = new Set<string>();
  /** Who was believed to stand there, by ask, so that they are looked at again on an answer. */
  readonly #believed = new Map<string, Pseudonym>();

  /** Takes a decision in. Gives back whoever has to be looked at again. */
  decided(body: Body<"decision.made">, at: WallMs, device: DeviceId, sequence: number) {
    const { person, answers } = body;
    const asked = answers === undefined ? undefined : keyOf(device, answers);
    if (!person) {
      const sighting = { device, sequence: answers ?? sequence, at };
      this.#unknown.set(keyOf(device, sighting.sequence), sighting);
    }
    if (person && body.outcome !== "admit") this.#believed.set(keyOf(device, sequence), person);
    if (!asked || !person) return undefined;
    this.#answered.add(asked);
    return this.#believed.get(asked);
  }

  settle({ device, sequence }: { readonly device: DeviceId; readonly sequence: number }) {
    const key = keyOf(device, sequence);
    this.#settled.add(key);
    this.#answered.add(key);
    return this.#believed.get(key);
  }

  /** The event asked who somebody is, and was told. */
  isAnswered(device: DeviceId, sequence: number): boolean {
    return this.#answered.has(keyOf(device, sequence));
  }

  /** Those still open. */
  *open(): Generator<Sighting> {
    for (const [key, sighting] of this.#unknown) {
      if (!this.#answered.has(key) && !this.#settled.has(key)) yield sighting;
    }
  }
}

const keyOf = (device: DeviceId, sequence: number) => `${device} ${sequence}`;
