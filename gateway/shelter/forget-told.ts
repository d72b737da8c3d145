import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import type { NamedPerson } from "../step-up/card-registry.ts";
import type { PersonDetailsStore } from "./person-details.ts";

export interface ForgetToldPorts {
  readonly details: Pick<PersonDetailsStore, "of" | "erase">;
  readonly shelters: Pick<ShelterCheckIn, "present" | "left">;
  readonly now: WallMs;
}

/**
 * Takes away what was said in words of somebody at a shelter: under the names that are theirs, and under every entry of
 * which a clerk said that it is the same person. Boxes let go of their copies when they hear of it. Gives
 * how many entries went.
 */
export function forgetTold(
  names: readonly NamedPerson[],
  { details, shelters, now }: ForgetToldPorts,
): number {
  const theirs = new Set<Pseudonym>(
    names.flatMap(({ service, person }) => (service === "shelter.check-in" ? [person] : [])),
  );
  for (const { entries } of [...shelters.present, ...shelters.left]) {
    if (entries.some((entry) => theirs.has(entry))) for (const entry of entries) theirs.add(entry);
  }
  const told = [...theirs].filter((person) => details.of(person) !== undefined);
  for (const person of told) details.erase(person, now);
  return told.length;
}
