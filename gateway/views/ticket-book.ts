import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { TicketId } from "#contract/bodies/tickets.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry } from "./bus-boarding.ts";
import { keyOf, type Places, type Proofs } from "./proved-decisions.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
export type PerformanceSet = Body<"ticket.performance-set">;
export type Purchase = Body<"ticket.purchased">;
export type Transfer = Body<"ticket.transferred">;

/** Why a sale or a transfer does not count. A decision that is missing may still be on its way. */
export type TicketFlaw =
  | "DECISION_MISSING"
  | "DECISION_WITHOUT_CARD"
  | "DECISION_OTHER_PERSON"
  | "DECISION_OTHER_PLACE"
  | "DECISION_SPENT"
  | "PERFORMANCE_UNKNOWN"
  | "TICKETS_TOO_MANY"
  | "TICKETS_SOLD_OUT"
  | "TICKET_UNKNOWN"
  | "TICKET_TAKEN"
  | "TICKET_USED"
  | "TICKET_OTHER_HOLDER";

export interface Ticket {
  readonly ticket: TicketId;
  readonly performance: PlaceId;
  readonly holder: Pseudonym;
  /** The purchase or transfer by which the holder has it. */
  readonly since: EventRef;
  readonly usedBy: EventRef | null;
  readonly used: "no" | "by-face" | "by-hand";
}

export interface Entry {
  readonly entry: EventRef;
  readonly performance: PlaceId;
  readonly at: WallMs;
  readonly person: Pseudonym;
  readonly ticket: TicketId | null;
  /** What did not fit about it. It stays open until a person says what it was. */
  readonly conflict: "second-entry" | "no-ticket" | null;
  /** The entry that came first, by time, where there are two. */
  readonly first: EventRef | null;
}

/** Where an event stands, for what follows from it. */
interface Place {
  readonly ref: EventRef;
  readonly at: WallMs;
}

/** What the proofs and the doors say, whenever they arrived. */
export interface Grounds {
  readonly proofs: Proofs;
  readonly doors: Places;
}

/**
 * Who holds which ticket, folded from sales and entries in the order in which they happened. Each
 * ticket lets one person in, once; nobody enters twice with two.
 */
export class TicketBook {
  readonly performances = new Map<PlaceId, PerformanceSet>();
  readonly sold = new Map<PlaceId, number>();
  readonly tickets = new Map<TicketId, Ticket>();
  readonly refused: (Place & { readonly flaw: TicketFlaw })[] = [];
  readonly entries: Entry[] = [];
  /** Decisions that were asked for and not there: when one comes, the book is folded anew. */
  readonly missing = new Set<string>();
  readonly #purchases = new Map<string, Purchase>();
  readonly #spent = new Set<string>();
  readonly #held = new Map<string, Set<TicketId>>();
  readonly #entered = new Map<string, EventRef>();
  readonly #grounds: Grounds;

  constructor(grounds: Grounds) {
    this.#grounds = grounds;
  }

  /** The purchase that stands on this signature. */
  purchaseSignedBy(signed: EventRef): Purchase | undefined {
    return this.#purchases.get(keyOf(signed));
  }

  /** Why this purchase would not count now. */
  purchaseFlaw(body: Purchase): TicketFlaw | null {
    const performance = this.performances.get(body.performance);
    if (!performance) return "PERFORMANCE_UNKNOWN";
    const flaw = this.#signatureFlaw(body.signed, body.buyer);
    if (flaw) return flaw;
    if (body.tickets.length > performance.perPurchaseMax) return "TICKETS_TOO_MANY";
    if (body.tickets.some((ticket) => this.tickets.has(ticket))) return "TICKET_TAKEN";
    const sold = this.sold.get(body.performance) ?? 0;
    return sold + body.tickets.length > performance.capacity ? "TICKETS_SOLD_OUT" : null;
  }

  /** Why this transfer would not count now. */
  transferFlaw(body: Transfer): TicketFlaw | null {
    const ticket = this.tickets.get(body.ticket);
    if (!ticket) return "TICKET_UNKNOWN";
    if (ticket.holder !== body.from) return "TICKET_OTHER_HOLDER";
    if (ticket.usedBy) return "TICKET_USED";
    return this.#signatureFlaw(body.signed, body.from);
  }

  buy(place: Place, body: Purchase): void {
    const flaw = this.purchaseFlaw(body);
    if (flaw) {
      this.#refuse(place, flaw, body.signed);
      return;
    }
    const { performance, buyer: holder, tickets } = body;
    this.#purchases.set(keyOf(body.signed), body);
    this.#spent.add(keyOf(body.signed));
    this.sold.set(performance, (this.sold.get(performance) ?? 0) + tickets.length);
    for (const ticket of tickets) {
      this.#put({ ticket, performance, holder, since: place.ref, usedBy: null, used: "no" });
    }
  }

  transfer(place: Place, body: Transfer): void {
    const flaw = this.transferFlaw(body);
    const known = this.tickets.get(body.ticket);
    if (flaw || !known) {
      this.#refuse(place, flaw ?? "TICKET_UNKNOWN", body.signed);
      return;
    }
    this.#spent.add(keyOf(body.signed));
    this.#held.get(holderKey(known))?.delete(known.ticket);
    this.#put({ ...known, holder: body.to, since: place.ref });
  }

  enterByFace({ ref, at }: Place, performance: PlaceId, person: Pseudonym): void {
    const key = holderKey({ performance, holder: person });
    const first = this.#entered.get(key);
    const held = first ? undefined : this.#unused(key);
    if (!first) this.#entered.set(key, ref);
    if (held) this.tickets.set(held.ticket, { ...held, usedBy: ref, used: "by-face" });
    const conflict = first ? "second-entry" : held ? null : "no-ticket";
    this.entries.push({
      ...{ entry: ref, performance, at, person, conflict },
      ...{ ticket: held?.ticket ?? null, first: first ?? null },
    });
  }

  enterByHand({ ref, at }: Place, ticket: TicketId): void {
    const known = this.tickets.get(ticket);
    if (!known) {
      this.refused.push({ ref, at, flaw: "TICKET_UNKNOWN" });
      return;
    }
    const { performance, holder: person, usedBy: first } = known;
    if (!first) this.tickets.set(ticket, { ...known, usedBy: ref, used: "by-hand" });
    const conflict = first ? "second-entry" : null;
    this.entries.push({ entry: ref, performance, at, person, ticket, conflict, first });
  }

  #signatureFlaw(signed: EventRef, signer: Pseudonym): TicketFlaw | null {
    const { proofs, doors } = this.#grounds;
    const proof = proofs.get(signed);
    if (!proof) return "DECISION_MISSING";
    if (!proof.factors.includes("card")) return "DECISION_WITHOUT_CARD";
    if (proof.person !== signer) return "DECISION_OTHER_PERSON";
    // At a door a decision is an entry, and an entry must not turn into a signature afterwards.
    if (doors.of(signed.device, proof.at) !== null) return "DECISION_OTHER_PLACE";
    return this.#spent.has(keyOf(signed)) ? "DECISION_SPENT" : null;
  }

  #refuse({ ref, at }: Place, flaw: TicketFlaw, signed: EventRef): void {
    if (flaw === "DECISION_MISSING") this.missing.add(keyOf(signed));
    this.refused.push({ ref, at, flaw });
  }

  #put(ticket: Ticket): void {
    this.tickets.set(ticket.ticket, ticket);
    entry(this.#held, holderKey(ticket), () => new Set()).add(ticket.ticket);
  }

  #unused(key: string): Ticket | undefined {
    for (const id of this.#held.get(key) ?? []) {
      const ticket = this.tickets.get(id);
      if (ticket && !ticket.usedBy) return ticket;
    }
    return undefined;
  }
}

const holderKey = ({ performance, holder }: Pick<Ticket, "performance" | "holder">): string =>
  `${performance} ${holder}`;
