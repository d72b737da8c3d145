import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { type ShelterState, shownShelters } from "#contract/shelter/fold.ts";

/** The shelter where somebody is, is expected, or was last; null for one unknown, undefined for nobody. */
export function whereIs(state: ShelterState, person: Pseudonym): string | null | undefined {
  const { present, left } = shownShelters(state);
  const holds = ({ entries }: { readonly entries: readonly Pseudonym[] }) =>
    entries.includes(person);
  return (present.find(holds) ?? left.find(holds))?.shelter;
}

/** The shelters where people of a household are or were. */
export function placesOfHousehold(
  state: ShelterState,
  household: Pseudonym,
): readonly (string | null)[] {
  const { present, left } = shownShelters(state);
  return [...present, ...left].flatMap((one) => (one.household === household ? [one.shelter] : []));
}

/** The shelter at whose door a box saw somebody whom it did not know; undefined when that is settled. */
export function whereSeen(
  { sightings, sites }: ShelterState,
  seen: { readonly device: DeviceId; readonly sequence: number },
): string | null | undefined {
  for (const { device, sequence, at } of sightings.open()) {
    if (device === seen.device && sequence === seen.sequence)
      return sites.doorOf(device, at).shelter;
  }
  return undefined;
}
