import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { defaultTaxiTerms, taxiSubsidyYen } from "#firmware-config/taxi.ts";
import { statementsFor } from "#gateway/taxi/claim.ts";
import type { TaxiClaims } from "#gateway/views/taxi-claims.ts";
import { type TaxiRides, taxiRides } from "#gateway/views/taxi-rides.ts";
import { dayIn } from "#gateway/views/view.ts";
import { TaxiHistory, taxiBoxes, taxiPeople, tokyo } from "./taxi-history.ts";

const dayOf = dayIn("Asia/Tokyo");
const newYear = tokyo("2026-04-01T00:00:00");
const hourMs = 3_600_000;
const terms = defaultTaxiTerms[0]!;
const runs = { numRuns: 60 };

/** Most of it around midnight and the new year, where rules change, and often several rides a day. */
const ride = fc.record({
  box: fc.constantFrom(...taxiBoxes),
  at: fc.integer({ min: newYear - 40 * hourMs, max: newYear + 40 * hourMs }),
  tapAgoMs: fc.integer({ min: 0, max: 3 * hourMs }),
  people: fc.uniqueArray(fc.constantFrom(...taxiPeople), { minLength: 1, maxLength: 3 }),
  fareYen: fc.integer({ min: 0, max: 6_000 }),
  company: fc.constantFrom("c-1", "c-2"),
  // Mostly what the terms give; now and then what a box with old terms would.
  told: fc.constantFrom("terms", "terms", "terms", "fare"),
});
/** What a clerk does later, to the so-and-so-manieth ride. */
const deskAct = fc.record({
  of: fc.nat(30),
  act: fc.constantFrom("cancel", "correct", "not-paid", "borne", "revoke"),
  fareYen: fc.integer({ min: 0, max: 6_000 }),
});
const city = fc.record({
  rides: fc.array(ride, { minLength: 1, maxLength: 30 }),
  acts: fc.array(deskAct, { maxLength: 8 }),
});
type City = typeof city extends fc.Arbitrary<infer Made> ? Made : never;
const turns = fc.array(fc.nat(3), { maxLength: 120 });

function historyOf({ rides, acts }: City): TaxiHistory {
  const history = new TaxiHistory().entitle(taxiPeople.slice(0, 3));
  const ended = rides.map(({ box, told, ...made }) => {
    const byTerms = taxiSubsidyYen(terms, made.fareYen, made.people.length);
    return history.ride(box, { ...made, subsidyYen: told === "terms" ? byTerms : made.fareYen });
  });
  for (const { of, act, fareYen } of acts) {
    const { device, sequence } = ended[of % ended.length]!;
    const key = { device, sequence };
    const person = rides[of % rides.length]!.people[0]!;
    const reason = "told-so";
    const settled = { type: "taxi.overdraw-settled", ride: key, person, reason } as const;
    const corrected = { type: "taxi.ride-corrected", ride: key, reason } as const;
    const revoked = { entitlement: "e-0", person: taxiPeople[0]!, from: "2026-04-01", reason };
    const bodies: Record<typeof act, EventBody> = {
      cancel: { ...corrected, fareYen: null },
      correct: { ...corrected, fareYen },
      "not-paid": { ...settled, decision: "not-paid" },
      borne: { ...settled, decision: "borne" },
      revoke: { type: "taxi.entitlement-revoked", ...revoked },
    };
    history.desk(newYear + 50 * hourMs, bodies[act]);
  }
  return history;
}

/** Counts in the plainest way how many rides of a person go beyond a cap in each period. */
function beyond(rides: TaxiRides, period: (day: string) => string, cap: number): number {
  let over = 0;
  for (const { rides: own } of rides.persons) {
    const counts = new Map<string, number>();
    for (const { day, fareYen } of own) {
      if (fareYen !== null) counts.set(period(day), (counts.get(period(day)) ?? 0) + 1);
    }
    for (const count of counts.values()) over += Math.max(0, count - cap);
  }
  return over;
}

test("nobody has more than two rides a day without a recorded overdraw for each", () => {
  fc.assert(
    fc.property(city, (made) => {
      const shown = historyOf(made).rides();
      const recorded = shown.overdraws.filter(({ flaw }) => flaw === "over-day");
      expect(recorded).toHaveLength(beyond(shown, (day) => day, 2));
    }),
    runs,
  );
});

test("nobody has more rides a year than its cap without a recorded overdraw for each", () => {
  const cap = 3;
  const view = taxiRides(dayOf, { taxi: [{ ...terms, ridesPerYear: cap }] });
  fc.assert(
    fc.property(city, (made) => {
      const state = view.empty();
      for (const [at, event] of historyOf(made).arrived().entries()) {
        view.apply(state, { index: at + 1, event, refusal: null });
      }
      const shown = view.show(state);
      const recorded = shown.overdraws.filter(({ flaw }) => flaw === "over-year");
      const yearOf = (day: string) => (day < "2026-04-01" ? "2025" : "2026");
      expect(recorded).toHaveLength(beyond(shown, yearOf, cap));
      for (const { years } of shown.persons) {
        for (const { used, left } of years) expect(left).toBe(Math.max(0, cap - used));
      }
    }),
    runs,
  );
});

test("what is due for a ride never exceeds its fare, nor what the terms give of it", () => {
  fc.assert(
    fc.property(city, (made) => {
      for (const { rides } of historyOf(made).claims().companies) {
        for (const { fareYen, dueYen, riders } of rides) {
          expect(dueYen).toBeLessThanOrEqual(fareYen ?? 0);
          const most = fareYen === null ? 0 : taxiSubsidyYen(terms, fareYen, riders) * riders;
          expect(dueYen).toBeLessThanOrEqual(most);
          expect(dueYen).toBeGreaterThanOrEqual(0);
        }
      }
    }),
    runs,
  );
});

test("the order in which boxes and desk are heard changes neither balances nor claims", () => {
  const all = (history: TaxiHistory, order: readonly number[]) =>
    JSON.stringify([history.rides(order), history.claims(order)]);
  fc.assert(
    fc.property(city, turns, turns, (made, oneOrder, other) => {
      const history = historyOf(made);
      expect(all(history, oneOrder)).toBe(all(history, other));
    }),
    runs,
  );
});

test("a view that was shown at every step says at last what one folded in one go says", () => {
  fc.assert(
    fc.property(city, turns, (made, order) => {
      const events = historyOf(made).arrived(order);
      const live = taxiRides(dayOf);
      const state = live.empty();
      for (const [at, event] of events.entries()) {
        live.apply(state, { index: at + 1, event, refusal: null });
        live.show(state);
      }
      const again = live.empty();
      for (const [at, event] of events.entries()) {
        live.apply(again, { index: at + 1, event, refusal: null });
      }
      expect(JSON.stringify(live.show(state))).toBe(JSON.stringify(live.show(again)));
    }),
    runs,
  );
});

test("every ride is owed to one company, and none is lost on the way to the claims", () => {
  fc.assert(
    fc.property(city, (made) => {
      const { companies }: TaxiClaims = historyOf(made).claims();
      const count = companies.reduce((sum, { rides }) => sum + rides.length, 0);
      expect(count).toBe(made.rides.length);
    }),
    runs,
  );
});

test("month by month each yen that is due is claimed once, whatever is corrected between two claims", () => {
  fc.assert(
    fc.property(city, deskAct, (made, later) => {
      const history = historyOf(made);
      const stateMonth = (month: string, at: number) => {
        for (const company of ["c-1", "c-2"]) {
          const asked = { company, month };
          for (const body of statementsFor(history.claims(), asked)) history.desk(at, body);
          expect(statementsFor(history.claims(), asked)).toEqual([]);
        }
      };
      const month = 30 * 24 * hourMs;
      stateMonth("2026-03", newYear + month);
      const ended = [...history.queues.values()]
        .flat()
        .filter(({ body }) => body.type === "taxi.ride-ended");
      const { device, sequence } = ended[later.of % ended.length]!;
      const ride = { device, sequence };
      const corrected = { type: "taxi.ride-corrected", ride, reason: "told-so" } as const;
      history.desk(newYear + month + 1, { ...corrected, fareYen: later.fareYen });
      stateMonth("2026-04", newYear + 2 * month);
      for (const { rides } of history.claims().companies) {
        for (const { dueYen, stated } of rides) {
          expect(stated.reduce((sum, { yen }) => sum + yen, 0)).toBe(dueYen);
        }
      }
    }),
    runs,
  );
});
