import {
  applyShelter,
  emptyShelters,
  type ShelterCheckIn,
  type ShelterState,
  shownShelters,
} from "#contract/shelter/fold.ts";
import type { View } from "./view.ts";

/** Who is in which shelter. One name too many costs a search, one too few a life: nobody drops out. */
export function shelterCheckIn(): View<ShelterState, ShelterCheckIn> {
  return {
    name: "shelter.check-in",
    empty: emptyShelters,
    apply: (state, { event }) => applyShelter(state, event),
    show: shownShelters,
  };
}
