import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Places } from "../views/proved-decisions.ts";
import type { StandingFacts } from "./standing.ts";

/** What of a day's buses belongs to some depots or companies. */
export interface OwnBuses {
  readonly devices: ReadonlySet<string>;
  readonly vehicles: ReadonlySet<string>;
}

/**
 * The boxes that were at one of these depots when a day was over, and the vehicles that carried them. A box
 * of which nobody said where it belongs is at none.
 */
export function busesOf(
  { standing, places }: { readonly standing: StandingFacts; readonly places: Places },
  day: string,
  depots: readonly string[],
): OwnBuses {
  // The day is over everywhere by then.
  const at = (Date.parse(`${day}T00:00:00Z`) + 36 * 3_600_000) as WallMs;
  const devices = new Set(
    places.boxes.filter((device) => {
      const depot = places.of(device as DeviceId, at);
      return depot !== null && depots.includes(depot);
    }),
  );
  const carrying = [...devices].map((device) => standing.placeOf(device, at)?.vehicle);
  return { devices, vehicles: new Set(carrying.filter((one) => one !== undefined)) };
}
