import { pagesOf } from "#gateway/ledger/pages.ts";
import type { City } from "./city.ts";
import { type Attempt, attemptFrauds, type Fraud } from "./frauds.ts";

/** One thing that happens in the city, at its minute. */
export interface Happening {
  readonly at: number;
  run(city: City): Promise<void>;
}

export interface DayTotals {
  readonly residents: number;
  readonly boxes: number;
  readonly events: number;
  readonly ledgerEntries: number;
  readonly ledgerIntact: boolean;
  /** Events that waited in the boxes when the network came back. */
  readonly waitedForNetwork: number;
  readonly decisions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What else is on record, by its kind. */
  readonly records: Readonly<Record<string, number>>;
  readonly frauds: readonly Fraud[];
}

const deliverEveryMs = 10 * 60_000;
const outage = { from: "11:30", until: "13:30" } as const;

/** Plays the day: what happens happens in its order, and the network is away for two hours at noon. */
export async function playDay(
  city: City,
  happenings: readonly Happening[],
  frauds: readonly Attempt[],
): Promise<DayTotals> {
  const all = [...happenings].sort((a, b) => a.at - b.at);
  const [from, until] = [city.at(outage.from), city.at(outage.until)];
  let waitedForNetwork = 0;
  let delivered = city.clock.wall() as number;
  for (const { at, run } of all) {
    // Not at each event: the boxes of a morning share the gateway's commits.
    if (at - delivered > deliverEveryMs && !city.networkIsCut) {
      await city.deliverAll();
      delivered = at;
    }
    await city.clock.advanceTo(at);
    const isCut = at >= from && at < until;
    if (isCut !== city.networkIsCut) {
      if (!isCut) waitedForNetwork = waiting(city);
      city.networkIsCut = isCut;
      await city.deliverAll();
    }
    await run(city);
  }
  await city.deliverAll();
  const attempted = await attemptFrauds(city, frauds);
  await city.deliverAll();
  return { ...(await totals(city)), waitedForNetwork, frauds: attempted };
}

function waiting(city: City): number {
  return [...city.boxes.values()].reduce((sum, { outbox }) => sum + outbox.depth, 0);
}

async function totals(city: City) {
  const { gateway, boxes } = city;
  const decisions: Record<string, Record<string, number>> = {};
  const records: Record<string, number> = {};
  let entries = 0;
  for (const page of pagesOf(gateway.ledger)) {
    entries += page.length;
    for (const { sealed } of page) {
      const { body } = JSON.parse(Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString());
      if (body.type !== "decision.made") {
        records[body.type] = (records[body.type] ?? 0) + 1;
        continue;
      }
      const counts = decisions[body.service] ?? {};
      decisions[body.service] = counts;
      counts[body.outcome] = (counts[body.outcome] ?? 0) + 1;
    }
  }
  const events = [...boxes.values()].reduce((sum, { outbox }) => sum + outbox.lastSequence, 0);
  const verdict = await gateway.verifyLedger();
  return {
    ...{ residents: city.residents.length, boxes: boxes.size, events },
    ...{ ledgerEntries: entries, ledgerIntact: verdict.intact },
    ...{ decisions, records },
  };
}
