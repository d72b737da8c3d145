import { deskDevice } from "#contract/desk-device.ts";
import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import type { NewEntry } from "#gateway/ledger/ledger.ts";

const start = Date.parse("2026-04-01T06:00:00+09:00");
const residents = 20_000;
const pad = (number: number) => `${number}`.padStart(22, "A") as Pseudonym;
/** Replay reads what is sealed; that the seals hold was checked when the entries were let in. */
const seal = "A".repeat(86);
const header = Buffer.from('{"alg":"EdDSA","typ":"tebura-event+jws"}').toString("base64url");
const noDigest = digestOf("") as Digest;

const face = (rate: number) => [
  { kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate: rate, liveness: "passed" },
];

/** Entries as a city's ledger holds them: mostly buses, schools and shelters, some of everything else. */
export class YearOfEvents {
  readonly #sequences = new Map<string, number>();
  readonly #all: number;
  #made = 0;

  constructor(entries: number) {
    this.#all = entries;
  }

  /** The next entries, at most `limit`; none when the year is over. */
  next(limit: number): NewEntry[] {
    const entries: NewEntry[] = [];
    while (entries.length < limit && this.#made < this.#all) {
      const [device, body] = this.#happening(this.#made);
      entries.push(this.#entry(device, body, start + this.#made * 2_500));
      this.#made += 1;
    }
    return entries;
  }

  #happening(at: number): [device: string, body: object] {
    if (at < 40) return [`${deskDevice}`, placed(at)];
    const person = pad((at * 7_919) % residents);
    const kind = at % 20;
    if (kind < 10) return decided("bus.boarding", `bus-${at % 40}`, person, at);
    if (kind < 12) return [`${deskDevice}`, stopped(at)];
    if (kind < 15) return decided("school.attendance", `school-${at % 20}`, person, at);
    if (kind < 17) {
      const evacuee = pad((at * 31) % 10_000);
      return decided("shelter.check-in", `shelter-${at % 40}`, evacuee, at);
    }
    if (kind === 17) return decided("payment", `shop-${at % 30}`, person, at);
    if (kind === 18) return decided("medical.reception", `clinic-${at % 10}`, person, at);
    return at % 40 === 19 ? this.#ride(person) : decided("event.entry", "hall-1", person, at);
  }

  /** A taxi's ride refers to the tap before it on the same box. */
  #ride(person: Pseudonym): [string, object] {
    const tap = this.#sequences.get("taxi-1") ?? 0;
    if (tap % 2 === 0) return decided("taxi.subsidised-ride", "taxi-1", person, 1);
    const rider = { person, tap, tapAgoMs: 600_000, subsidyYen: 500, leftToday: 1 };
    const riders = [{ ...rider, leftThisYear: 100, allowance: 1 }];
    return ["taxi-1", { type: "taxi.ride-ended", company: "C-1", fareYen: 1_000, riders }];
  }

  #entry(device: string, body: object, at: number): NewEntry {
    const sequence = (this.#sequences.get(device) ?? 0) + 1;
    this.#sequences.set(device, sequence);
    const event = { v: 1, device, sequence, previous: noDigest, at, clock: "synced", body };
    const payload = Buffer.from(JSON.stringify(event)).toString("base64url");
    return {
      ...{ device: device as DeviceId, sequence, receivedAt: at as WallMs, event: noDigest },
      ...{ sealed: `${header}.${payload}.${seal}`, refusal: null },
    };
  }
}

function decided(service: string, device: string, person: Pseudonym, at: number): [string, object] {
  const isUnsure = at % 50 === 7;
  const [outcome, reason] = isUnsure ? ["ask-card", "face-ambiguous"] : ["admit", "face-matched"];
  const evidence = face(isUnsure ? 0.05 : 0.0001);
  return [device, { type: "decision.made", service, outcome, reason, person, evidence }];
}

/** Boxes stand on their buses and at their shelters from the beginning. */
function placed(at: number): EventBody {
  const from = start as WallMs;
  if (at < 20) {
    const [device, shelter] = [`shelter-${at}` as DeviceId, `shelter-${at}`];
    return { type: "shelter.site-assigned", device, shelter, door: "entrance", from };
  }
  const device = `bus-${at - 20}` as DeviceId;
  return { type: "bus.box-placed", device, vehicle: device, door: "front", counts: "either" };
}

function stopped(at: number): EventBody {
  const vehicle = `bus-${at % 20}`;
  const stopSequence = Math.floor(at / 20) % 30;
  return {
    ...{ type: "bus.at-stop", vehicle, trip: `trip-${Math.floor(at / 6_000)}` },
    ...{ stop: `S-${stopSequence}`, stopSequence, source: "feed" },
  };
}
