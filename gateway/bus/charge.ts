import type { Fares } from "#firmware-config/fares.ts";
import { faresOn } from "#firmware-config/fares.ts";
import { type Fare, fareOf } from "./fare.ts";
import type { Ride } from "./ride.ts";
import type { StandingFacts } from "./standing.ts";

export interface ChargePorts {
  readonly fares: Fares;
  readonly standing: Pick<StandingFacts, "hasLinkedCard" | "passesOf">;
}

/** What a ride of a service day costs, with the table, the passes and the cards of its moment. */
export function chargeFor(ride: Ride, day: string, { fares, standing }: ChargePorts): Fare {
  const { person, boarded } = ride;
  return fareOf(faresOn(fares, day), {
    from: boarded.halt?.zone,
    to: ride.alighted?.halt?.zone,
    rider: ride.guardian === undefined ? "adult" : "child",
    party: ride.party,
    passes: person === undefined ? [] : standing.passesOf(person, boarded.at, day),
    linkedCard: person !== undefined && standing.hasLinkedCard(person, boarded.at),
  });
}
