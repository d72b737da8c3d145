import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { Event } from "#contract/events.ts";
import type { Service } from "#contract/services.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import { isOver } from "#firmware-config/service-terms.ts";
import { isFresh } from "../desk/answer.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import { busBoarding } from "../views/bus-boarding.ts";
import { keyOf } from "../views/proved-decisions.ts";
import { taxiClaims } from "../views/taxi-claims.ts";
import { applyTaxi, emptyTaxi } from "../views/taxi-fold.ts";
import { taxiRides } from "../views/taxi-rides.ts";
import { dayIn } from "../views/view.ts";
import { everyCorrected } from "./past-events.ts";

/** A number as it is, and as it would be. */
interface Changed {
  readonly now: number;
  readonly changed: number;
}

/** What a ledger would have come to under other rules. */
export interface RulesSimulation {
  readonly bus: {
    readonly yen: Changed;
    readonly unsettled: Changed;
    readonly boarded: Changed;
    /** Service days whose sums differ, oldest first; the first of them. */
    readonly differing: number;
    readonly days: readonly string[];
  };
  readonly taxi: {
    readonly rides: number;
    readonly dueYen: Changed;
    readonly overdraws: Changed;
    readonly findings: Changed;
    /** Rides of which another sum is due, or which would break other rules. */
    readonly differing: number;
    readonly examples: readonly EventRef[];
  };
  /** Decisions that something was recorded on, and how many of them were too old for it. */
  readonly uses: readonly {
    readonly service: Service;
    readonly uses: number;
    readonly tooLate: Changed;
  }[];
  /** Admissions after the end of their service. */
  readonly afterEnd: readonly ({ readonly service: Service } & Changed)[];
}

interface Both {
  readonly now: CityRules;
  readonly changed: CityRules;
}

const examplesMax = 5;

/** Folds a past ledger under both sets of rules and says where they come out differently. */
export async function simulateRules(
  ledger: Pick<Ledger, "after">,
  rules: Both,
  timeZone: string,
): Promise<RulesSimulation> {
  const dayOf = dayIn(timeZone);
  const buses = each(rules, (of) => busBoarding({ dayOf, rules: of }));
  const busStates = each(buses, (view) => view.empty());
  const taxi = emptyTaxi();
  const uses = new Map<Service, { uses: number; tooLate: Counts }>();
  const afterEnd = new Map<Service, Counts>();
  const decidedAt = new Map<string, number>();
  for await (const placed of everyCorrected(ledger)) {
    const { event, refusal } = placed;
    if (refusal !== null) continue;
    buses.now.apply(busStates.now, placed);
    buses.changed.apply(busStates.changed, placed);
    applyTaxi(taxi, event, dayOf);
    countEnds(afterEnd, event, rules);
    if (event.body.type === "decision.made") decidedAt.set(keyOf(event), event.at);
    countUse(uses, placed, rules, decidedAt);
  }
  const inName = <Of>(of: Map<Service, Of>) => [...of].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    bus: busOf(each(rules, (_, side) => buses[side].show(busStates[side]))),
    taxi: taxiOf(
      each(rules, (of) => ({
        rides: taxiRides(dayOf, of).show(taxi),
        claims: taxiClaims(dayOf, of).show(taxi),
      })),
    ),
    uses: inName(uses).map(([service, counted]) => ({ service, ...counted })),
    afterEnd: inName(afterEnd).map(([service, counts]) => ({ service, ...counts })),
  };
}

type Side = keyof Both;
interface Counts {
  now: number;
  changed: number;
}

function each<In, Out>(
  both: { readonly now: In; readonly changed: In },
  make: (one: In, side: Side) => Out,
): { readonly now: Out; readonly changed: Out } {
  return { now: make(both.now, "now"), changed: make(both.changed, "changed") };
}

function countEnds(ends: Map<Service, Counts>, { body, at }: Event, rules: Both): void {
  if (body.type !== "decision.made" || body.outcome !== "admit") return;
  const { service } = body;
  const over = each(rules, ({ serviceTerms }) => Number(isOver(service, at, serviceTerms)));
  if (over.now + over.changed === 0) return;
  const counts = ends.get(service) ?? { now: 0, changed: 0 };
  ends.set(service, { now: counts.now + over.now, changed: counts.changed + over.changed });
}

/** A desk looks how old the decision is on which it records something. */
function countUse(
  uses: Map<Service, { uses: number; tooLate: Counts }>,
  { event: { body, at } }: PlacedEvent,
  rules: Both,
  decidedAt: ReadonlyMap<string, number>,
): void {
  const used = useIn(body);
  if (!used) return;
  const late = each(rules, (of) => {
    const { decisionMinutesMax } = inForceAt<{ validFrom: string; decisionMinutesMax: number }>(
      of[used.section],
      at,
    );
    return Number(!isFresh(decidedAt.get(keyOf(used.decision)), at, decisionMinutesMax));
  });
  const counted = uses.get(used.service) ?? { uses: 0, tooLate: { now: 0, changed: 0 } };
  counted.uses += 1;
  counted.tooLate.now += late.now;
  counted.tooLate.changed += late.changed;
  uses.set(used.service, counted);
}

function useIn(body: Event["body"]) {
  switch (body.type) {
    case "payment.authorised":
      return { service: "payment", section: "payment", decision: body.decision } as const;
    case "ticket.purchased":
    case "ticket.transferred":
      return { service: "event.entry", section: "tickets", decision: body.signed } as const;
    case "medical.consent-given":
      return { service: "medical.reception", section: "medical", decision: body.signed } as const;
    default:
      return undefined;
  }
}

type Buses = ReturnType<ReturnType<typeof busBoarding>["show"]>;

function busOf(shown: { readonly now: Buses; readonly changed: Buses }): RulesSimulation["bus"] {
  const sum = (of: (day: Buses["serviceDays"][number]) => number) =>
    each(shown, ({ serviceDays }) => serviceDays.reduce((total, day) => total + of(day), 0));
  const texts = each(shown, ({ serviceDays }) => {
    return new Map(serviceDays.map((day) => [day.day, JSON.stringify(day)]));
  });
  const names = new Set([...texts.now.keys(), ...texts.changed.keys()]);
  const days = [...names].filter((day) => texts.now.get(day) !== texts.changed.get(day)).sort();
  return {
    yen: sum(({ fares }) => fares.yen),
    unsettled: sum(({ fares }) => fares.unsettled),
    boarded: sum(({ vehicles }) => vehicles.reduce((total, { boarded }) => total + boarded, 0)),
    ...{ differing: days.length, days: days.slice(0, examplesMax) },
  };
}

interface Taxi {
  readonly rides: ReturnType<ReturnType<typeof taxiRides>["show"]>;
  readonly claims: ReturnType<ReturnType<typeof taxiClaims>["show"]>;
}

function taxiOf(shown: { readonly now: Taxi; readonly changed: Taxi }): RulesSimulation["taxi"] {
  const rides = each(shown, ({ claims }) => claims.companies.flatMap((one) => one.rides));
  const told = ({ dueYen, flaws }: (typeof rides.now)[number]) => `${dueYen} ${flaws.join(" ")}`;
  const before = new Map(rides.now.map((ride) => [keyOf(ride), told(ride)]));
  const other = rides.changed.filter((ride) => before.get(keyOf(ride)) !== told(ride));
  return {
    rides: rides.now.length,
    dueYen: each(rides, (all) => all.reduce((sum, { dueYen }) => sum + dueYen, 0)),
    overdraws: each(shown, (of) => of.rides.overdraws.length),
    findings: each(shown, (of) => of.rides.findings.length),
    differing: other.length,
    examples: other.slice(0, examplesMax).map(({ device, sequence }) => ({ device, sequence })),
  };
}
