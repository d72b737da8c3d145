import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { TicketId } from "#contract/bodies/tickets.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { ticketSales } from "#gateway/views/ticket-sales.ts";
import {
  arrivedOtherwise,
  evidenceOf,
  nine,
  person,
  placedAt,
  ServiceEvents,
  shownBy,
} from "./service-events.ts";

const performance = "concert" as PlaceId;
const view = ticketSales();
const ticketOf = (which: number) => Buffer.alloc(16, which % 6).toString("base64url") as TicketId;

const step = fc.record({
  who: fc.constantFrom("a", "b", "c"),
  other: fc.constantFrom("a", "b", "c"),
  box: fc.constantFrom("box-office", "door-1", "door-2"),
  factors: fc.constantFrom(["face"] as const, ["card"] as const),
  at: fc.integer({ min: nine, max: nine + 200 }),
  act: fc.constantFrom("tap", "tap", "tap", "buy", "buy", "give", "hand", "settle", "set", "door"),
  which: fc.nat(30),
  ticket: fc.nat(5),
});
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

function act(made: ServiceEvents, one: Step): void {
  const { who, other, box, factors, at, which } = one;
  const ticket = ticketOf(one.ticket);
  const taps = made.events.filter(({ body }) => body.type === "decision.made");
  const { device, sequence } = taps[which % Math.max(taps.length, 1)] ?? made.events[0]!;
  const signed: EventRef = { device, sequence };
  const sold = { startsAt: nine as WallMs, capacity: which % 5, perPurchaseMax: 2, priceYen: 1 };
  const from = at as WallMs;
  const door = { service: "event.entry", box: box as DeviceId, from } as const;
  const place = which % 2 === 0 ? performance : null;
  const bought = { performance, tickets: [ticket], buyer: person(who), signed, amountYen: 1 };
  switch (one.act) {
    case "tap":
      made.admit(box, "event.entry", person(who), evidenceOf(factors), at);
      return;
    case "buy":
      made.desk({ type: "ticket.purchased", ...bought }, at);
      return;
    case "give": {
      const [giver, taker] = [person(who), person(other)];
      made.desk({ type: "ticket.transferred", ticket, from: giver, to: taker, signed }, at);
      return;
    }
    case "hand":
      made.desk({ type: "ticket.entered-by-hand", ticket, why: "no-face" }, at);
      return;
    case "settle":
      made.desk({ type: "ticket.conflict-settled", entry: signed, how: "sent-out" }, at);
      return;
    case "set":
      made.desk({ type: "ticket.performance-set", performance, ...sold }, at);
      return;
    case "door":
      made.desk({ type: "place.box-assigned", place, ...door }, at);
  }
}

function history(steps: readonly Step[]): readonly Event[] {
  const made = new ServiceEvents();
  const sold = { startsAt: nine as WallMs, capacity: 3, perPurchaseMax: 2, priceYen: 1 };
  made.desk({ type: "ticket.performance-set", performance, ...sold }, nine);
  for (const box of ["door-1", "door-2"]) {
    const [at, from] = [nine, nine as WallMs];
    const door = {
      service: "event.entry",
      box: box as DeviceId,
      place: performance,
      from,
    } as const;
    made.desk({ type: "place.box-assigned", ...door }, at);
  }
  for (const one of steps) act(made, one);
  return made.events;
}

test("in every history a ticket lets one in once, and the order of arrival shows nowhere", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(fc.nat(3)), (steps, turns) => {
      const events = history(steps);
      const shown = shownBy(view, events);
      const state = view.empty();
      // Read after each event, as a screen does: what was folded too early is folded anew.
      for (const [at, event] of arrivedOtherwise(events, turns).entries()) {
        view.apply(state, placedAt(at, event));
        view.show(state);
      }
      expect(JSON.stringify(view.show(state))).toBe(JSON.stringify(shown));
      const book = state.book();
      const good = book.entries.filter(({ conflict }) => conflict === null);
      expect(new Set(good.map(({ ticket }) => ticket)).size).toBe(good.length);
      expect(good.length).toBe(shown.performances[0]?.entered ?? 0);
      const byFace = [...book.tickets.values()].filter(({ used }) => used === "by-face");
      expect(new Set(byFace.map(({ holder }) => holder)).size).toBe(byFace.length);
      const entries = good.length + shown.openConflicts.length + shown.settledConflicts.length;
      expect(entries).toBe(book.entries.length);
      const capacity = Math.max(
        ...events.map(({ body }) => (body.type === "ticket.performance-set" ? body.capacity : 0)),
      );
      expect(shown.performances[0]?.sold).toBeLessThanOrEqual(capacity);
    }),
    { numRuns: 200 },
  );
});
