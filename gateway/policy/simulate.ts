import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { Event, Reason } from "#contract/events.ts";
import type { Service } from "#contract/services.ts";
import { type PolicyTable, policyAt } from "#firmware-config/policy-table.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { keyOf } from "../views/proved-decisions.ts";
import { everyEntry } from "./past-events.ts";
import { type Rejudged, rejudge } from "./rejudge.ts";

/** One way in which decisions would come out differently. */
export interface Difference {
  /** What is on record. */
  readonly was: Rejudged;
  /** Why it came out so, as it stands on record. */
  readonly reason: Reason;
  readonly askedFor: string;
  readonly wouldBe: Rejudged;
  readonly wouldAskFor: string;
  readonly count: number;
  readonly examples: readonly EventRef[];
}

export interface Simulation {
  /** Entries that were run through the other table. */
  readonly entries: number;
  /** Older ones, which were not. */
  readonly leftOut: number;
  readonly services: readonly {
    readonly service: Service;
    readonly decisions: number;
    /** Decisions that would come out differently. */
    readonly differing: number;
    /** Decisions for which something else would be asked, whatever came of it. */
    readonly askedOtherwise: number;
    readonly differences: readonly Difference[];
  }[];
}

const examplesMax = 5;

interface Tally {
  decisions: number;
  differing: number;
  askedOtherwise: number;
  readonly differences: Map<string, Omit<Difference, "count" | "examples"> & Counted>;
}

interface Counted {
  count: number;
  readonly examples: EventRef[];
}

/**
 * Runs a past ledger through another table, or its newest entries where `entriesMax` is given; between two
 * pages whoever waits for the gateway has a turn. What a face was worth is known from the events as a
 * rate; by how far it led the second person is not, so a doubt stays a doubt unless the record admitted.
 */
export async function simulatePolicy(
  ledger: Pick<Ledger, "after" | "count">,
  tables: { readonly now: PolicyTable; readonly changed: PolicyTable },
  { entriesMax = Number.POSITIVE_INFINITY }: { readonly entriesMax?: number } = {},
): Promise<Simulation> {
  const amounts = new Map<string, number>();
  const leftOut = Math.max(0, ledger.count - entriesMax);
  let entries = 0;
  for await (const { event } of everyEntry(ledger, leftOut)) {
    entries += 1;
    const { body } = event;
    if (body.type === "payment.authorised") amounts.set(keyOf(body.decision), body.amountYen);
  }
  const tallies = new Map<Service, Tally>();
  for await (const { event, refusal } of everyEntry(ledger, leftOut)) {
    if (event.body.type !== "decision.made" || refusal !== null) continue;
    count(tallies, event, tables, amounts.get(keyOf(event)));
  }
  const services = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...{ entries, leftOut },
    services: services.map(([service, { differences, ...tally }]) => ({
      ...{ service, ...tally },
      differences: [...differences.values()].sort((a, b) => b.count - a.count),
    })),
  };
}

function count(
  tallies: Map<Service, Tally>,
  event: Event,
  tables: { readonly now: PolicyTable; readonly changed: PolicyTable },
  amountYen: number | undefined,
): void {
  const { body, at, device, sequence } = event;
  if (body.type !== "decision.made") return;
  const { service } = body;
  const tally = tallies.get(service) ?? empty();
  tallies.set(service, tally);
  tally.decisions += 1;
  const [before, after] = [tables.now, tables.changed].map((table) =>
    policyFor(policyAt(table, service, at), { amountYen }),
  ) as [ReturnType<typeof policyFor>, ReturnType<typeof policyFor>];
  if (before.method !== after.method) tally.askedOtherwise += 1;
  const wouldBe = rejudge(after, body, before);
  // Told only where the tables differ, and not where the record knew more than an event can say.
  if (wouldBe === rejudge(before, body, before)) return;
  tally.differing += 1;
  const { outcome: was, reason } = body;
  const asked = { askedFor: before.method, wouldBe, wouldAskFor: after.method };
  const found = { was, reason, ...asked };
  const key = Object.values(found).join(" ");
  const difference = tally.differences.get(key) ?? { ...found, count: 0, examples: [] };
  tally.differences.set(key, difference);
  difference.count += 1;
  if (difference.examples.length < examplesMax) difference.examples.push({ device, sequence });
}

const empty = (): Tally => ({
  decisions: 0,
  differing: 0,
  askedOtherwise: 0,
  differences: new Map(),
});
