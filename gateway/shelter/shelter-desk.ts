import { randomBytes } from "node:crypto";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym } from "#contract/ids.ts";
import { type HandEntry, handEntryBodies } from "#contract/shelter/hand-entry.ts";
import type { Clock } from "#runtime/clock.ts";
import type { PersonDetailsStore } from "./person-details.ts";

export interface ShelterDeskPorts {
  record(body: EventBody): Promise<unknown>;
  readonly details: Pick<PersonDetailsStore, "keep" | "questionOf">;
  readonly clock: Pick<Clock, "wall">;
}

/** What a drawn pseudonym or household looks like: 16 bytes that mean nothing. */
const drawn = () => randomBytes(16).toString("base64url") as Pseudonym;

/**
 * Takes in somebody by hand. The name goes to the sealed store and nowhere else; the events say that
 * somebody under a drawn pseudonym is there. Protection is written before the arrival, so that at no
 * moment anybody could be told. Throws what the desk and the store throw; the person is on the list
 * when this resolves.
 */
export async function checkInByHand(
  { record, details, clock }: ShelterDeskPorts,
  given: HandEntry,
): Promise<{ readonly person: Pseudonym; readonly household: Pseudonym | null }> {
  const person = drawn();
  const household = given.household === "new" ? drawn() : (given.household ?? null);
  details.keep(person, given.details, clock.wall());
  const families = given.families.map(({ kana, birthDate }) => details.questionOf(kana, birthDate));
  const bodies = handEntryBodies(given, { person, household, families });
  // Together, so that they share a commit; the desk keeps their order.
  await Promise.all(bodies.map(record));
  return { person, household };
}
