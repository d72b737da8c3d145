import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { sorted } from "./bus-boarding.ts";
import {
  type Fact,
  Facts,
  inTime,
  keyOf,
  Places,
  Proofs,
  proofIn,
  refOf,
} from "./proved-decisions.ts";
import { type Entry, TicketBook, type TicketFlaw } from "./ticket-book.ts";
import type { View } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Settled = Body<"ticket.conflict-settled">;
type Step =
  | { readonly type: "face"; readonly person: Pseudonym }
  | Body<"ticket.performance-set">
  | Body<"ticket.purchased">
  | Body<"ticket.transferred">
  | Body<"ticket.entered-by-hand">;

/** The facts, and the book as far as it is folded. What comes late has it folded anew, when it is read. */
export class TicketState {
  readonly #doors = new Places("event.entry");
  readonly #proofs = new Proofs();
  readonly #settled = new Facts<Settled>();
  readonly #steps: Fact<Step>[] = [];
  #book: TicketBook | undefined;
  #folded = 0;

  apply(event: Event): void {
    const { body } = event;
    switch (body.type) {
      case "place.box-assigned":
        this.#doors.apply(event);
        if (body.service === "event.entry") this.#book = undefined;
        return;
      case "ticket.performance-set":
      case "ticket.purchased":
      case "ticket.transferred":
      case "ticket.entered-by-hand":
        this.#step(event, body);
        return;
      case "ticket.conflict-settled":
        this.#settled.add(event, body);
        return;
      default: {
        const proof = proofIn(event, "event.entry");
        if (!proof) return;
        this.#proofs.add(proof);
        if (this.#book?.missing.has(keyOf(proof.ref))) this.#book = undefined;
        this.#step(event, { type: "face", person: proof.person });
      }
    }
  }

  /** At whose door a box stands at that moment; null when nobody said so. */
  performanceAt(device: DeviceId, at: WallMs): PlaceId | null {
    return this.#doors.of(device, at);
  }

  proofAt(decision: EventRef): WallMs | undefined {
    return this.#proofs.get(decision)?.at;
  }

  /** How the conflict of an entry was settled: the first word counts. */
  settled(): ReadonlyMap<string, Settled["how"]> {
    const how = new Map<string, Settled["how"]>();
    for (const { body } of this.#settled.inOrder()) {
      const key = keyOf(body.entry);
      if (!how.has(key)) how.set(key, body.how);
    }
    return how;
  }

  book(): TicketBook {
    if (!this.#book) {
      this.#steps.sort(inTime);
      this.#book = new TicketBook({ proofs: this.#proofs, doors: this.#doors });
      this.#folded = 0;
    }
    for (; this.#folded < this.#steps.length; this.#folded += 1) {
      this.#fold(this.#book, this.#steps[this.#folded]!);
    }
    return this.#book;
  }

  #step(event: Event, body: Step): void {
    const fact = { ref: refOf(event), at: event.at, body };
    const last = this.#steps.at(-1);
    if (last && inTime(last, fact) > 0) this.#book = undefined;
    this.#steps.push(fact);
  }

  #fold(book: TicketBook, { ref, at, body }: Fact<Step>): void {
    switch (body.type) {
      case "face": {
        const performance = this.#doors.of(ref.device, at);
        if (performance !== null) book.enterByFace({ ref, at }, performance, body.person);
        return;
      }
      case "ticket.performance-set":
        book.performances.set(body.performance, body);
        return;
      case "ticket.purchased":
        book.buy({ ref, at }, body);
        return;
      case "ticket.transferred":
        book.transfer({ ref, at }, body);
        return;
      case "ticket.entered-by-hand":
        book.enterByHand({ ref, at }, body.ticket);
        return;
      default:
        body satisfies never;
    }
  }
}

export interface TicketSales {
  readonly performances: readonly {
    readonly performance: string;
    readonly startsAt: WallMs;
    readonly capacity: number;
    readonly sold: number;
    /** Tickets that let somebody in; an entry that did not fit is a conflict instead. */
    readonly entered: number;
  }[];
  readonly openConflicts: readonly Entry[];
  readonly settledConflicts: readonly (Entry & { readonly how: Settled["how"] })[];
  /** Sales, transfers and entries by hand that do not count, with the reason. */
  readonly refused: readonly {
    readonly event: EventRef;
    readonly at: WallMs;
    readonly flaw: TicketFlaw;
  }[];
}

/** What was sold, who came in, and what of it does not fit together. */
export function ticketSales(): View<TicketState, TicketSales> {
  return {
    name: "event.entry",
    empty: () => new TicketState(),
    apply: (state, { event }) => state.apply(event),
    show(state) {
      const book = state.book();
      const how = state.settled();
      const conflicts = book.entries.filter(({ conflict }) => conflict !== null);
      return {
        performances: performancesOf(book),
        openConflicts: conflicts.filter(({ entry }) => !how.has(keyOf(entry))),
        settledConflicts: conflicts.flatMap((one) => {
          const settled = how.get(keyOf(one.entry));
          return settled ? [{ ...one, how: settled }] : [];
        }),
        refused: book.refused.map(({ ref, at, flaw }) => ({ event: ref, at, flaw })),
      };
    },
  };
}

function performancesOf(book: TicketBook): TicketSales["performances"] {
  const entered = new Map<string, number>();
  for (const { performance, usedBy } of book.tickets.values()) {
    if (usedBy) entered.set(performance, (entered.get(performance) ?? 0) + 1);
  }
  return sorted(book.performances).map(([performance, { startsAt, capacity }]) => ({
    ...{ performance, startsAt, capacity, entered: entered.get(performance) ?? 0 },
    sold: book.sold.get(performance as PlaceId) ?? 0,
  }));
}
