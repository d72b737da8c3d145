import type { TaxiRider } from "#contract/bodies/taxi.ts";
import { deskDevice } from "#contract/desk-device.ts";
import { type Event, type EventBody, eventSchema } from "#contract/events.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import type { TaxiClaims } from "#gateway/views/taxi-claims.ts";
import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import { Views } from "#gateway/views/views.ts";

export const taxiBoxes = ["taxi-1", "taxi-2", "taxi-3"] as DeviceId[];
export const taxiPeople = ["a", "b", "c", "d"].map((letter) => letter.repeat(22) as Pseudonym);
export const [ann, ben] = taxiPeople as [Pseudonym, Pseudonym];

/** A moment on a clock in Tokyo. */
export const tokyo = (text: string): number => Date.parse(`${text}+09:00`);

export interface RideMade {
  readonly at: number;
  readonly people: readonly Pseudonym[];
  readonly fareYen: number;
  readonly subsidyYen: number;
  readonly tapAgoMs?: number;
  readonly company?: string;
  readonly booking?: string;
}

/** The events of some boxes and the desk, each numbered on its own. */
export class TaxiHistory {
  readonly queues = new Map<DeviceId, Event[]>();

  add(device: DeviceId, at: number, body: EventBody): Event {
    const queue = this.queues.get(device) ?? [];
    this.queues.set(device, queue);
    const event = eventSchema.parse({
      ...{ v: 1, device, sequence: queue.length + 1, previous: "A".repeat(43) },
      ...{ at, clock: "synced", body },
    });
    queue.push(event);
    return event;
  }

  desk(at: number, body: EventBody): void {
    this.add(deskDevice, at, body);
  }

  entitle(people: readonly Pseudonym[] = taxiPeople): this {
    for (const [i, person] of people.entries()) {
      const dates = { validFrom: "2020-01-01", validUntil: null };
      const named = { person, entitlement: `e-${i}`, category: "age-75" };
      this.desk(1, { type: "taxi.entitlement-granted", ...named, ...dates });
    }
    return this;
  }

  /** The taps and the end of one ride. */
  ride(device: DeviceId, made: RideMade): Event {
    const { at, people, fareYen, subsidyYen, tapAgoMs = 600_000, company = "c-1" } = made;
    const riders = people.map((person): TaxiRider => {
      const admitted = { type: "decision.made", outcome: "admit", reason: "face-matched" } as const;
      const service = "taxi.subsidised-ride";
      const tapped = this.add(device, at - tapAgoMs, {
        ...admitted,
        service,
        person,
        evidence: [],
      });
      const left = { leftToday: 0, leftThisYear: 0, allowance: 1 };
      return { person, tap: tapped.sequence, tapAgoMs, subsidyYen, ...left };
    });
    const booking = made.booking === undefined ? {} : { booking: made.booking };
    return this.add(device, at, { type: "taxi.ride-ended", company, fareYen, riders, ...booking });
  }

  /** The events in an order in which they could arrive: each turn says whose box is heard next. */
  arrived(turns: readonly number[] = []): readonly Event[] {
    const queues = [...this.queues.keys()].sort().map((device) => [...this.queues.get(device)!]);
    const events: Event[] = [];
    for (const turn of turns) {
      const event = queues[turn % queues.length]?.shift();
      if (event) events.push(event);
    }
    return [...events, ...queues.flat()];
  }

  views(turns?: readonly number[]): Views {
    const views = new Views("Asia/Tokyo");
    for (const [at, event] of this.arrived(turns).entries()) {
      views.apply({ index: at + 1, event, refusal: null });
    }
    return views;
  }

  rides(turns?: readonly number[]): TaxiRides {
    return this.views(turns).show("taxi.subsidised-ride") as TaxiRides;
  }

  claims(turns?: readonly number[]): TaxiClaims {
    return this.views(turns).show("taxi.claims") as TaxiClaims;
  }
}
