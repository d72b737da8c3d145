import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Desk } from "./desk/desk.ts";
import { Doors } from "./doors.ts";
import type { Family } from "./family/family.ts";
import type { BoxLists } from "./lists/box-lists.ts";
import type { Residents } from "./resident/residents.ts";
import type { School } from "./school/school.ts";
import type { Services } from "./services.ts";
import { NotesCourier } from "./sign-in/notes-courier.ts";
import type { RelyingParty } from "./sign-in/relying-party.ts";
import type { Staff } from "./staff/staff.ts";

interface DoorParts {
  readonly staff: Staff;
  readonly family: Family;
  readonly residents: Residents;
  readonly services: Services;
  readonly boxLists: BoxLists;
  readonly school: School;
  readonly desk: Desk;
}

/**
 * The ways in, and the courier that brings into the ledger what is noted at them, also by commands beside
 * the running gateway.
 */
export function openDoors(
  { staff, family, residents, services, boxLists, school, desk }: DoorParts,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  party: () => RelyingParty,
  isBehindProxy: boolean,
): { readonly doors: Doors; readonly courier: NotesCourier } {
  const record = desk.record.bind(desk);
  const notes = [staff.notes, family.notes, residents.notes];
  const { inquiry, residentDesk } = services;
  const questionOf = boxLists.details.questionOf.bind(boxLists.details);
  const doors = new Doors({
    ...{ staff, family, residents, residentDesk, inquiry, questionOf, wards: school.wards },
    ...{ party, isBehindProxy, clock, log, record },
  });
  return { doors, courier: new NotesCourier({ notes, clock, log, record }) };
}
