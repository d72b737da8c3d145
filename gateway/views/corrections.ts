import type { Event } from "#contract/events.ts";
import type { DeviceId } from "#contract/ids.ts";
import type { PlacedEvent } from "../ledger/placed.ts";

interface Correction {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

/**
 * What is known of clocks that were wrong. A box without a battery for its clock signs what it saw with
 * the time that it believed; once it has heard the time it says by how much that was off. What was signed
 * stays as it is, in the ledger and in its hash: only what views make of it changes.
 */
export class ClockCorrections {
  readonly #known = new Map<DeviceId, Map<number, Correction>>();

  /** Takes in what an event says of the events before it. True when that was not known yet. */
  note({ event }: Pick<PlacedEvent, "event">): boolean {
    const { body, device, sequence } = event;
    if (body.type !== "clock.set") return false;
    const ofDevice = this.#known.get(device) ?? new Map<number, Correction>();
    if (ofDevice.has(sequence)) return false;
    ofDevice.set(sequence, { from: body.since, to: sequence, offsetMs: body.offsetMs });
    this.#known.set(device, ofDevice);
    return true;
  }

  /** By how much the time of an event is to be corrected, in milliseconds; 0 where nothing is known. */
  offsetOf({ device, sequence, clock }: Pick<Event, "device" | "sequence" | "clock">): number {
    if (clock === "signed") return 0;
    for (const { from, to, offsetMs } of this.#known.get(device)?.values() ?? []) {
      if (sequence >= from && sequence < to) return offsetMs;
    }
    return 0;
  }

  /** The event with the time that it really happened at, as far as that is known. */
  corrected(placed: PlacedEvent): PlacedEvent {
    const offset = this.offsetOf(placed.event);
    if (offset === 0) return placed;
    const at = Math.max(0, placed.event.at + offset) as Event["at"];
    return { ...placed, event: { ...placed.event, at } };
  }
}
