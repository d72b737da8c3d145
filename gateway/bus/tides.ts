import { sorted } from "#contract/maps.ts";
import { chargeFor } from "./charge.ts";
import type { Cell } from "./csv-text.ts";
import type { DayOfRides } from "./fold-day.ts";
import type { Halt, Passing, Ride } from "./ride.ts";
import { sizeOf } from "./ride.ts";
import { type ExportPorts, rideId } from "./ride-export.ts";
import type { VehicleDay } from "./vehicle.ts";

/** Fields of passenger_events in TIDES 1.0, the Transit ITS Data Exchange Specification. */
export const passengerEventColumns = [
  "passenger_event_id",
  "service_date",
  "event_timestamp",
  "location_ping_id",
  "trip_id_performed",
  "trip_id_scheduled",
  "trip_stop_sequence",
  "scheduled_stop_sequence",
  "event_type",
  "vehicle_id",
  "vehicle_direction",
  "device_id",
  "stop_id",
  "pattern_id",
  "event_count",
] as const;

/** Fields of fare_transactions in TIDES 1.0. */
export const fareTransactionColumns = [
  "transaction_id",
  "service_date",
  "event_timestamp",
  "amount",
  "currency_type",
  "fare_action",
  "trip_id_performed",
  "pattern_id",
  "stop_sequence",
  "vehicle_id",
  "device_id",
  "fare_id",
  "stop_id",
  "num_riders",
  "fare_media_id",
  "rider_category",
  "fare_product",
  "fare_period",
  "fare_capped",
  "token_id",
  "balance",
] as const;

type Row<Columns extends readonly string[]> = Partial<Record<Columns[number], Cell>>;

export interface TidesTable {
  readonly rows: readonly Cell[][];
  /** Events that the standard has no place for: it asks for a stop, and none is known. */
  readonly leftOut: number;
}

interface Event {
  readonly id: string;
  readonly type: "Vehicle arrived at stop" | "Passenger boarded" | "Passenger alighted";
  readonly at: number;
  readonly halt: Halt | undefined;
  readonly device: string | undefined;
  readonly count: number | undefined;
}

/** A service day as TIDES passenger_events: arrivals at stops, boardings and alightings. */
export function passengerEvents(day: string, { vehicles }: DayOfRides): TidesTable {
  let leftOut = 0;
  const rows = sorted(vehicles).flatMap(([, vehicle]) =>
    eventsOf(vehicle).flatMap((event) => {
      if (!event.halt) {
        leftOut += 1;
        return [];
      }
      const row: Row<typeof passengerEventColumns> = {
        passenger_event_id: event.id,
        service_date: day,
        event_timestamp: utcTime(event.at),
        trip_id_performed: event.halt.trip,
        trip_id_scheduled: event.halt.trip,
        trip_stop_sequence: event.halt.visit,
        scheduled_stop_sequence: event.halt.stopSequence,
        event_type: event.type,
        vehicle_id: vehicle.vehicle,
        device_id: event.device,
        stop_id: event.halt.stop,
        event_count: event.count,
      };
      return [passengerEventColumns.map((column) => row[column])];
    }),
  );
  return { rows, leftOut };
}

/** Everything that happened on a vehicle, in the order of time. */
function eventsOf({ vehicle, halts, rides, counted, unexplainedAt }: VehicleDay): Event[] {
  const events: Event[] = halts.map((halt) => ({
    id: `${vehicle}:${halt.trip}:${halt.visit}:${halt.at}`,
    ...{ type: "Vehicle arrived at stop", at: halt.at, halt, device: undefined, count: 1 },
  }));
  const passed = (type: Event["type"], id: string, passing: Passing, count: number) => {
    const { at, halt, device } = passing;
    events.push({ id, type, at, halt, device, count });
  };
  for (const ride of rides) {
    const [id, people] = [rideId(ride), sizeOf(ride)];
    passed("Passenger boarded", `${id}:on`, ride.boarded, people);
    if (ride.alighted) passed("Passenger alighted", `${id}:off`, ride.alighted, people);
  }
  for (const passing of unexplainedAt) {
    passed("Passenger alighted", `${passing.device}:${passing.sequence}:off`, passing, 1);
  }
  for (const { passing, direction, count } of counted) {
    const type = direction === "boarding" ? "Passenger boarded" : "Passenger alighted";
    passed(type, `${passing.device}:${passing.sequence}:count`, passing, count);
  }
  return events.sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}

/** A service day as TIDES fare_transactions: what each ride costs. No rider is named in it. */
export function fareTransactions(
  day: string,
  { vehicles }: DayOfRides,
  ports: ExportPorts,
): TidesTable {
  let leftOut = 0;
  const transactions = sorted(vehicles).flatMap(([, { rides }]) =>
    rides.flatMap((ride) => {
      const row = transactionOf(ride, day, ports);
      if (!row) leftOut += 1;
      return row ? [fareTransactionColumns.map((column) => row[column])] : [];
    }),
  );
  return { rows: transactions, leftOut };
}

function transactionOf(
  ride: Ride,
  day: string,
  ports: ExportPorts,
): Row<typeof fareTransactionColumns> | undefined {
  const fare = chargeFor(ride, day, ports);
  if (fare.kind === "unsettled") return undefined;
  const { boarded, vehicle } = ride;
  return {
    transaction_id: rideId(ride),
    service_date: day,
    event_timestamp: utcTime(boarded.at),
    amount: fare.yen,
    currency_type: "JPY",
    fare_action: "Enter",
    trip_id_performed: boarded.halt?.trip,
    stop_sequence: boarded.halt?.stopSequence,
    vehicle_id: vehicle,
    device_id: boarded.device,
    stop_id: boarded.halt?.stop,
    num_riders: sizeOf(ride),
    fare_media_id: ride.card === undefined ? "Other type" : "Smart card or ticket",
    rider_category: ride.guardian === undefined ? "Adult" : "Youth",
    fare_product: fare.product,
  };
}

/** A datetime of Frictionless Table Schema, which TIDES is written in: UTC, to the second. */
function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
