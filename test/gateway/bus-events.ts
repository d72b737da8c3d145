import type { BusBody } from "#contract/bodies/bus.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import { Views } from "#gateway/views/views.ts";

export const timeZone = "Asia/Tokyo";
/** 08:00 in Tokyo. */
export const morning = Date.parse("2026-06-01T08:00:00+09:00");
export const [ann, ben, cat, dan] = ["a", "b", "c", "d"].map((letter) => letter.repeat(22)) as [
  Pseudonym,
  Pseudonym,
  Pseudonym,
  Pseudonym,
];
export const cardHash = "K".repeat(43) as Digest;

/** A history as devices tell it: each event gets its device's next number. */
export class History {
  readonly events: Event[] = [];
  readonly #sequences = new Map<string, number>();

  /** Adds what a device says so many seconds after the morning began. Returns its reference. */
  say(device: string, seconds: number, body: EventBody): { device: DeviceId; sequence: number } {
    const sequence = (this.#sequences.get(device) ?? 0) + 1;
    this.#sequences.set(device, sequence);
    const place = { device: device as DeviceId, sequence };
    const at = (morning + seconds * 1_000) as WallMs;
    const fixed = { v: 1, previous: "A".repeat(43) as Digest, clock: "synced" } as const;
    this.events.push({ ...fixed, ...place, at, body });
    return place;
  }

  desk(seconds: number, body: BusBody) {
    return this.say(deskDevice, seconds, body);
  }

  /** A box admits somebody. */
  tap(device: string, seconds: number, person?: Pseudonym, proved = false) {
    return this.say(device, seconds, {
      type: "decision.made",
      service: "bus.boarding",
      outcome: "admit",
      reason: proved ? "card-proved" : "face-matched",
      ...(person ? { person } : {}),
      evidence: [],
    });
  }

  place(device: string, vehicle: string, counts: "boarding" | "alighting" | "either") {
    const body = { vehicle, counts, door: "front", device: device as DeviceId } as const;
    return this.desk(-3_600, { type: "bus.box-placed", ...body });
  }

  halt(vehicle: string, seconds: number, stop: string, stopSequence: number, trip = "trip-1") {
    const zone = stop.slice(0, 1);
    return this.desk(seconds, {
      ...{ type: "bus.at-stop", vehicle, trip, stop, stopSequence, zone, direction: 0 },
      source: "feed",
    });
  }

  shown(events: readonly Event[] = this.events): BusBoarding {
    const views = new Views(timeZone);
    for (const [at, event] of events.entries()) {
      views.apply({ index: at + 1, event, refusal: null });
    }
    return views.show("bus.boarding") as BusBoarding;
  }
}
