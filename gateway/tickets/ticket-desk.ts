import type { KeyObject } from "node:crypto";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { TicketId } from "#contract/bodies/tickets.ts";
import { sealBoxOfficeList } from "#contract/box-office-list.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { TicketRules } from "#firmware-config/tickets.ts";
import {
  type Answer,
  isFresh,
  type Refusal,
  recordedRef,
  refusal,
  type ServiceDeskPorts,
} from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import { keyOf } from "../views/proved-decisions.ts";
import type { PerformanceSet, Purchase, TicketFlaw, Transfer } from "../views/ticket-book.ts";
import type { TicketState } from "../views/ticket-sales.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

export interface TicketDeskPorts extends ServiceDeskPorts {
  rules(): TicketRules;
  /** The gateway's own key: a box office goes by the gateway's word, not by the desk's. */
  readonly privateKey: KeyObject;
  /** What the view `event.entry` holds now, and the last ledger entry in it. */
  state(): TicketState;
  index(): number;
  /** 16 random bytes in base64url. */
  newTicket(): TicketId;
}

export interface PurchaseAsked {
  readonly performance: PlaceId;
  readonly count: number;
  readonly buyer: Pseudonym;
  readonly signed: EventRef;
}

const hourMs = 3_600_000;

/** What a box office does: every sale stands on a signature of its own. */
export class TicketDesk {
  readonly #ports: TicketDeskPorts;
  readonly #holds = new Holds();

  constructor(ports: TicketDeskPorts) {
    this.#ports = ports;
  }

  /** Announces a performance, or changes what is sold of it from now on. */
  async set(asked: Omit<PerformanceSet, "type">): Promise<Answer<{ performance: PlaceId }>> {
    await this.#ports.record({ type: "ticket.performance-set", ...asked });
    return { ok: true, performance: asked.performance };
  }

  /**
   * Sells on a decision that carries the buyer's card. Asked again with the same signature for the
   * same, it gives the same tickets; for anything else it refuses DECISION_SPENT.
   */
  async buy(
    asked: PurchaseAsked,
  ): Promise<Answer<{ tickets: readonly TicketId[]; amountYen: number }>> {
    const { performance, count, buyer, signed } = asked;
    return await this.#holds.while([keyOf(signed), `performance ${performance}`], async () => {
      const book = this.#ports.state().book();
      const before = book.purchaseSignedBy(signed);
      if (before) return sameOrSpent(before, asked);
      const tickets = Array.from({ length: count }, () => this.#ports.newTicket());
      const amountYen = count * (book.performances.get(performance)?.priceYen ?? 0);
      const body: Purchase = {
        ...{ type: "ticket.purchased", performance, tickets, buyer, signed, amountYen },
      };
      const flaw = book.purchaseFlaw(body) ?? this.#notFresh(signed);
      if (flaw) return refusedFor(flaw);
      await this.#ports.record(body);
      return { ok: true, tickets, amountYen };
    });
  }

  /** Gives a ticket to somebody else, on a new signature of whoever holds it. */
  async transfer(asked: Omit<Transfer, "type">): Promise<Answer<{ transfer: EventRef }>> {
    return await this.#holds.while([keyOf(asked.signed), `ticket ${asked.ticket}`], async () => {
      const body: Transfer = { type: "ticket.transferred", ...asked };
      const flaw = this.#ports.state().book().transferFlaw(body) ?? this.#notFresh(asked.signed);
      if (flaw) return refusedFor(flaw);
      return { ok: true, transfer: await recordedRef(this.#ports, body) };
    });
  }

  /** Lets somebody in by hand. Refuses TICKET_UNKNOWN, and TICKET_USED where the book knows it. */
  async enter(
    asked: Omit<Body<"ticket.entered-by-hand">, "type">,
  ): Promise<Answer<{ entry: EventRef }>> {
    return await this.#holds.while([`ticket ${asked.ticket}`], async () => {
      const ticket = this.#ports.state().book().tickets.get(asked.ticket);
      if (!ticket) return refusedFor("TICKET_UNKNOWN");
      if (ticket.usedBy) return refusedFor("TICKET_USED");
      const body = { type: "ticket.entered-by-hand", ...asked } as const;
      return { ok: true, entry: await recordedRef(this.#ports, body) };
    });
  }

  /** Says what an entry was that did not fit. Refuses ENTRY_UNKNOWN when none such is open. */
  async settle(
    asked: Omit<Body<"ticket.conflict-settled">, "type">,
  ): Promise<Answer<{ entry: EventRef }>> {
    const state = this.#ports.state();
    const key = keyOf(asked.entry);
    const open = state
      .book()
      .entries.find(({ entry, conflict }) => keyOf(entry) === key && conflict !== null);
    if (!open || state.settled().has(key)) {
      return refusal("ENTRY_UNKNOWN", "there is no such entry with an open conflict");
    }
    await this.#ports.record({ type: "ticket.conflict-settled", ...asked });
    return { ok: true, entry: asked.entry };
  }

  /**
   * The list of a performance, sealed by the gateway for use without a network. `shown` takes out whom the
   * one who asks may not see; boxes get a whole list of their own.
   */
  async list(
    performance: PlaceId,
    shown: <Row>(rows: readonly Row[]) => readonly Row[] = (rows) => rows,
  ): Promise<Answer<{ sealed: string; until: WallMs }>> {
    const { clock, rules, privateKey } = this.#ports;
    const book = this.#ports.state().book();
    if (!book.performances.has(performance)) return refusedFor("PERFORMANCE_UNKNOWN");
    const at = clock.wall();
    const until = (at + inForceAt(rules(), at).listHours * hourMs) as WallMs;
    const tickets = [...book.tickets.values()]
      .filter((ticket) => ticket.performance === performance)
      .map(({ ticket, holder, used }) => ({ ticket, holder, used }))
      .sort((a, b) => (a.ticket < b.ticket ? -1 : 1));
    const said = { v: 1, performance, index: this.#ports.index(), at, until } as const;
    const list = { ...said, tickets: [...shown(tickets)] };
    return { ok: true, sealed: await sealBoxOfficeList(list, privateKey), until };
  }

  #notFresh(signed: EventRef): "DECISION_NOT_FRESH" | null {
    const { clock, rules, state } = this.#ports;
    const now = clock.wall();
    const { decisionMinutesMax } = inForceAt(rules(), now);
    return isFresh(state().proofAt(signed), now, decisionMinutesMax) ? null : "DECISION_NOT_FRESH";
  }
}

function sameOrSpent(
  { performance, tickets, buyer, amountYen }: Purchase,
  asked: PurchaseAsked,
): Answer<{ tickets: readonly TicketId[]; amountYen: number }> {
  const same =
    performance === asked.performance && tickets.length === asked.count && buyer === asked.buyer;
  return same ? { ok: true, tickets, amountYen } : refusedFor("DECISION_SPENT");
}

const sentences: Readonly<Record<TicketFlaw | "DECISION_NOT_FRESH", string>> = {
  DECISION_MISSING:
    "the box's decision is not in the ledger (yet); wait until the box has reported",
  DECISION_WITHOUT_CARD: "the decision brings no signature of a card; ask for the card again",
  DECISION_OTHER_PERSON: "the card that signed is another person's",
  DECISION_OTHER_PLACE: "the box of that decision stands at a door, and a door sells nothing",
  DECISION_SPENT: "that signature was used for something else; ask for the card again",
  DECISION_NOT_FRESH: "the card was not put down just now; ask for it again",
  PERFORMANCE_UNKNOWN: "nobody announced such a performance",
  TICKETS_TOO_MANY: "so many tickets are not sold at once",
  TICKETS_SOLD_OUT: "there are not so many tickets left",
  TICKET_UNKNOWN: "there is no such ticket",
  TICKET_TAKEN: "there is such a ticket already",
  TICKET_USED: "somebody came in with that ticket already",
  TICKET_OTHER_HOLDER: "that ticket is not this person's to give",
};

const refusedFor = (code: TicketFlaw | "DECISION_NOT_FRESH"): Refusal =>
  refusal(code, sentences[code]);
