import { sorted } from "#contract/maps.ts";
import { type ChargePorts, chargeFor } from "./charge.ts";
import type { Cell } from "./csv-text.ts";
import type { DayOfRides } from "./fold-day.ts";
import type { GtfsFeed } from "./gtfs.ts";
import { localTime } from "./local-time.ts";
import { type Passing, type Ride, sizeOf } from "./ride.ts";

/** Columns of the file for an operator's fare system: one row a ride, each with the fare's reasons. */
export const rideColumns = [
  "ride_id",
  "service_date",
  "vehicle_id",
  "trip_id",
  "direction_id",
  "boarded_at",
  "board_device_id",
  "board_stop_id",
  "board_stop_name",
  "board_stop_sequence",
  "board_zone_id",
  "alighted_at",
  "alight_device_id",
  "alight_stop_id",
  "alight_stop_name",
  "alight_stop_sequence",
  "alight_zone_id",
  "state",
  "rider_token",
  "guardian_token",
  "card_token",
  "rider_category",
  "people",
  "companion_adults",
  "companion_children",
  "companion_infants",
  "fare_product",
  "regular_fare_yen",
  "fare_yen",
  "unsettled_reason",
] as const;

export interface ExportPorts extends ChargePorts {
  readonly timeZone: string;
  /** The operator's feed, by which stops have names. */
  readonly feed?: GtfsFeed | undefined;
}

/** The rides of a service day, by vehicle and then in the order of boarding. */
export function rideRows(day: string, { vehicles }: DayOfRides, ports: ExportPorts): Cell[][] {
  return sorted(vehicles).flatMap(([, { rides }]) => rides.map((ride) => rowOf(ride, day, ports)));
}

/** A ride's name: the tap that began it, and the rider where several began with the same tap. */
export function rideId({ boarded, guardian, person }: Ride): string {
  const tap = `${boarded.device}:${boarded.sequence}`;
  return guardian === undefined ? tap : `${tap}:${person}`;
}

function rowOf(ride: Ride, day: string, ports: ExportPorts): Cell[] {
  const { vehicle, boarded, alighted, party } = ride;
  const fare = chargeFor(ride, day, ports);
  const settled = fare.kind === "settled";
  const row: Record<(typeof rideColumns)[number], Cell> = {
    ride_id: rideId(ride),
    service_date: day,
    vehicle_id: vehicle,
    trip_id: boarded.halt?.trip,
    direction_id: boarded.halt?.direction,
    ...passingCells("board", boarded, ports),
    boarded_at: localTime(boarded.at, ports.timeZone).text,
    ...passingCells("alight", alighted, ports),
    alighted_at: alighted && localTime(alighted.at, ports.timeZone).text,
    state: ride.state,
    rider_token: ride.person,
    guardian_token: ride.guardian,
    card_token: ride.card,
    rider_category: ride.guardian === undefined ? "adult" : "child",
    people: sizeOf(ride),
    companion_adults: party.adults,
    companion_children: party.children,
    companion_infants: party.infants,
    fare_product: settled ? fare.product : undefined,
    regular_fare_yen: settled ? fare.regularYen : undefined,
    fare_yen: settled ? fare.yen : undefined,
    unsettled_reason: settled ? undefined : fare.reason,
  };
  return rideColumns.map((column) => row[column]);
}

type Told = "device_id" | "stop_id" | "stop_name" | "stop_sequence" | "zone_id";

function passingCells<End extends "board" | "alight">(
  end: End,
  passing: Passing | undefined,
  { feed }: ExportPorts,
) {
  const stop = passing?.halt?.stop;
  return {
    [`${end}_device_id`]: passing?.device,
    [`${end}_stop_id`]: stop,
    [`${end}_stop_name`]: stop === undefined ? undefined : feed?.names.get(stop),
    [`${end}_stop_sequence`]: passing?.halt?.stopSequence,
    [`${end}_zone_id`]: passing?.halt?.zone,
  } as Record<`${End}_${Told}`, Cell>;
}
