import type { RideEnded, RideKey, TaxiRider } from "#contract/bodies/taxi.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { entry } from "./bus-boarding.ts";
import { applyBooking, type BookingState, emptyBookings } from "./taxi-bookings.ts";

export interface FoldedRider extends TaxiRider {
  readonly tapAt: WallMs;
  readonly day: string;
  /** This box admitted this person with that decision, and no ride before used it. */
  readonly tapped: boolean;
}

export interface FoldedRide extends RideKey, Pick<RideEnded, "company" | "fareYen" | "booking"> {
  readonly riders: readonly FoldedRider[];
}

export interface Grant {
  readonly category: string;
  readonly validFrom: string;
  readonly validUntil: string | null;
}

export type Decision = "borne" | "repaid" | "not-paid";

export interface StatedLine {
  readonly company: string;
  readonly month: string;
  readonly yen: number;
}

/** Everything that the ledger says of the subsidised taxi, before anything is judged. */
export interface TaxiState {
  readonly rides: Map<string, FoldedRide>;
  /** Admitted people whose ride has not ended, by `device sequence`. */
  readonly taps: Map<string, Pseudonym>;
  /** The corrected fare of a ride; null where it never was one. */
  readonly corrections: Map<string, number | null>;
  readonly decisions: Map<string, Decision>;
  readonly grants: Map<Pseudonym, Map<string, Grant>>;
  /** The first day on which an entitlement no longer counts, by person and entitlement. */
  readonly revoked: Map<string, string>;
  readonly stated: Map<string, StatedLine[]>;
  /** The last ride of each box that is in here: an allowance says up to where it has counted. */
  readonly counted: Map<DeviceId, number>;
  readonly bookings: BookingState;
}

export const emptyTaxi = (): TaxiState => ({
  rides: new Map(),
  taps: new Map(),
  corrections: new Map(),
  decisions: new Map(),
  grants: new Map(),
  revoked: new Map(),
  stated: new Map(),
  counted: new Map(),
  bookings: emptyBookings(),
});

export const rideId = ({ device, sequence }: RideKey): string => `${device} ${sequence}`;

/** Folds one event in. Rides come from boxes; what a clerk says counts from the gateway's desk alone. */
export function applyTaxi(state: TaxiState, event: Event, dayOf: (at: number) => string): void {
  const { body, device, sequence } = event;
  if (body.type === "decision.made") {
    if (body.service !== "taxi.subsidised-ride" || body.outcome !== "admit" || !body.person) return;
    state.taps.set(rideId({ device, sequence }), body.person);
  } else if (body.type === "taxi.ride-ended") applyRide(state, event, body, dayOf);
  else if (device === deskDevice) {
    applyDesk(state, body);
    applyBooking(state.bookings, event);
  }
}

function applyRide(
  state: TaxiState,
  { device, sequence, at }: Event,
  { company, fareYen, booking, riders }: RideEnded,
  dayOf: (at: number) => string,
): void {
  const key = { device, sequence };
  state.rides.set(rideId(key), {
    ...{ ...key, company, fareYen, booking },
    riders: riders.map((rider) => {
      const tap = rideId({ device, sequence: rider.tap });
      const tapAt = Math.max(0, at - rider.tapAgoMs) as WallMs;
      const tapped = state.taps.get(tap) === rider.person && state.taps.delete(tap);
      return { ...rider, tapAt, day: dayOf(tapAt), tapped };
    }),
  });
  state.counted.set(device, sequence);
}

/** The desk numbers its events, and they come in that order: the last word on a matter is the newest. */
function applyDesk(state: TaxiState, body: Event["body"]): void {
  if (body.type === "taxi.ride-corrected") state.corrections.set(rideId(body.ride), body.fareYen);
  else if (body.type === "taxi.overdraw-settled") {
    state.decisions.set(riderId(body.ride, body.person), body.decision);
  } else if (body.type === "taxi.entitlement-granted") {
    const { person, entitlement, category, validFrom, validUntil } = body;
    const grants = entry(state.grants, person, () => new Map<string, Grant>());
    grants.set(entitlement, { category, validFrom, validUntil });
    state.revoked.delete(`${person} ${entitlement}`);
  } else if (body.type === "taxi.entitlement-revoked") {
    state.revoked.set(`${body.person} ${body.entitlement}`, body.from);
  } else if (body.type === "taxi.claim-stated") {
    const { company, month } = body;
    for (const { ride, yen } of body.lines) {
      entry(state.stated, rideId(ride), (): StatedLine[] => []).push({ company, month, yen });
    }
  }
}

export const riderId = (ride: RideKey, person: Pseudonym): string => `${rideId(ride)} ${person}`;

/** The grants of a person that count on a local day, revocations taken off. */
export function grantsOn(state: TaxiState, person: Pseudonym, day: string): readonly Grant[] {
  const found: Grant[] = [];
  for (const [entitlement, grant] of state.grants.get(person) ?? []) {
    const revokedFrom = state.revoked.get(`${person} ${entitlement}`);
    if (grant.validFrom > day || (grant.validUntil !== null && grant.validUntil < day)) continue;
    if (revokedFrom === undefined || day < revokedFrom) found.push(grant);
  }
  return found;
}
