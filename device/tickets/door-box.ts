import type { PlaceId } from "#contract/bodies/places.ts";
import { OfflineDoor } from "#contract/box-office-list.ts";
import type { Event } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, Turn } from "../duty/duty.ts";
import { OwnJournal } from "../duty/own-journal.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { ListShelf } from "../lists/list-shelf.ts";
import type { TicketFinding } from "../policy/findings.ts";

export interface DoorBoxPorts {
  readonly journal: string;
  readonly identity: Pick<DeviceIdentity, "pseudonymOf">;
  readonly lists: Pick<ListShelf, "whole">;
  readonly outbox: Pick<Outbox, "read" | "lastSequence">;
  readonly clock: Pick<Clock, "wall">;
}

const service = "event.entry";

const isEntry = ({ body }: Event) =>
  body.type === "decision.made" && body.service === service && body.outcome === "admit";

/**
 * A door of an event, by the box office's signed list: each person who bought a ticket enters once. Who
 * came in here is kept beside the list, so that a door that lost its power knows it again; what happened
 * at another door it learns with the next list, and the ledger shows what did not fit.
 */
export class DoorBox implements Duty, Disposable {
  readonly #ports: DoorBoxPorts;
  readonly #journal: OwnJournal;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: DoorBoxPorts) {
    this.#ports = ports;
    this.#journal = new OwnJournal({
      ...{ path: ports.journal, outbox: ports.outbox, wants: isEntry },
      noteOf: () => this.performance ?? null,
    });
  }

  /** At whose door this box stands, by the list that it holds; undefined without one. */
  get performance(): PlaceId | undefined {
    return this.#ports.lists.whole("box-office")?.[0]?.performance;
  }

  /** Until when the list counts; undefined without one. */
  get listUntil(): WallMs | undefined {
    return this.#ports.lists.whole("box-office")?.[0]?.until;
  }

  /** How many the list lets in, and how many came in at this door. */
  get counts(): { readonly tickets: number; readonly entered: number } {
    const sheets = this.#ports.lists.whole("box-office") ?? [];
    const tickets = sheets.reduce((sum, sheet) => sum + sheet.tickets.length, 0);
    return { tickets, entered: this.#entered().length };
  }

  begin(): Turn {
    return {
      findings: (person) => (person ? { ticket: this.#ticketOf(person) } : {}),
      decided: async () => {
        this.#journal.follow();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#journal[Symbol.dispose]();
  }

  #ticketOf(person: PersonId): TicketFinding {
    const { lists, clock, identity } = this.#ports;
    const sheets = lists.whole("box-office");
    const now = clock.wall();
    if (!sheets || sheets.some(({ until }) => now >= until)) return { kind: "no-list" };
    const door = new OfflineDoor({ tickets: sheets.flatMap(({ tickets }) => tickets) });
    for (const entered of this.#entered()) door.enter(entered);
    const admission = door.enter(identity.pseudonymOf(service, person));
    if (admission.kind === "admit") return { kind: "valid", person };
    return { kind: admission.why === "no-ticket" ? "none" : "used" };
  }

  /** Who came in at this door to the performance that the list is of. */
  #entered(): readonly Pseudonym[] {
    const { performance } = this;
    return this.#journal.events.flatMap(({ event: { body }, note }) => {
      const isHere = performance !== undefined && note === performance;
      return isHere && body.type === "decision.made" && body.person ? [body.person] : [];
    });
  }
}
