/** A vehicle's halt at a stop of a trip, in the terms of GTFS. */
export interface Halt {
  readonly trip: string;
  readonly stop: string;
  readonly stopSequence: number;
  readonly direction: 0 | 1 | undefined;
  readonly zone: string | undefined;
  /** Of the halts that were really made on this trip, the first is 1. */
  readonly visit: number;
  /** When the vehicle reached the stop. */
  readonly at: number;
}

/** Where and when somebody got on or off; no halt where none is known. */
export interface Passing {
  readonly at: number;
  readonly device: string;
  readonly sequence: number;
  readonly halt: Halt | undefined;
}

/** People who ride with somebody and are not named. */
export interface Party {
  readonly adults: number;
  readonly children: number;
  readonly infants: number;
}

export const alone: Party = { adults: 0, children: 0, infants: 0 };

export interface Ride {
  readonly vehicle: string;
  readonly boarded: Passing;
  /** Nobody's where a card tapped that is linked to no person, or the box named none. */
  readonly person: string | undefined;
  readonly card: string | undefined;
  party: Party;
  /** The rider is a child, and this person boarded with it. */
  guardian: string | undefined;
  alighted: Passing | undefined;
  /** "not-seen": the trip ended, or the person boarded again, and no box saw them leave. */
  state: "aboard" | "alighted" | "not-seen";
}

/** How many people a ride carries. */
export function sizeOf({ party }: Pick<Ride, "party">): number {
  return 1 + party.adults + party.children + party.infants;
}
