import type { FareTable } from "#firmware-config/fares.ts";
import type { Party } from "./ride.ts";

/** Everything that a fare depends on beside the table. */
export interface FareQuestion {
  /** GTFS zones of the stops; undefined where a stop, or its zone, is not known. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly rider: "adult" | "child";
  readonly party: Party;
  /** Products of the table that the rider holds on that day. */
  readonly passes: readonly string[];
  readonly linkedCard: boolean;
}

export type Fare =
  | {
      readonly kind: "settled";
      /** "single", "linked-card", or the id of the pass that the rider rode on. */
      readonly product: string;
      /** What all of them would pay without pass and card, in yen. */
      readonly regularYen: number;
      readonly yen: number;
    }
  /** The table cannot say: somebody settles it by hand. */
  | {
      readonly kind: "unsettled";
      readonly reason: "stop-unknown" | "pair-without-fare" | "no-table";
    };

/** What a ride costs under a table, in whole yen. A pass and a card are its holder's alone. */
export function fareOf(table: FareTable | undefined, question: FareQuestion): Fare {
  if (!table) return { kind: "unsettled", reason: "no-table" };
  const { party, rider } = question;
  const accompanied = party.adults + party.children + party.infants > 0;
  const pass = passFor(table, question);
  const single = singleFare(table, question);
  if (typeof single === "string") {
    // A pass that held where its holder boarded covers a ride whose end nobody saw.
    if (pass === undefined || accompanied) return { kind: "unsettled", reason: single };
    return { kind: "settled", product: pass, regularYen: 0, yen: 0 };
  }
  const child = share(single, table.childPercent, table.roundUpToYen);
  const own = rider === "child" ? child : single;
  const others = partyFare(table, question, { single, child });
  const regularYen = own + others;
  if (pass !== undefined) return { kind: "settled", product: pass, regularYen, yen: others };
  if (!question.linkedCard) {
    return { kind: "settled", product: "single", regularYen, yen: regularYen };
  }
  const reduced = Math.min(own, share(own, 100 - table.linkedCardOffPercent, table.roundUpToYen));
  return { kind: "settled", product: "linked-card", regularYen, yen: reduced + others };
}

/** Fare of the people who ride along: so many infants are carried free by each adult. */
function partyFare(
  table: FareTable,
  { party, rider }: FareQuestion,
  { single, child }: { readonly single: number; readonly child: number },
): number {
  const adults = party.adults + (rider === "adult" ? 1 : 0);
  const payingInfants = Math.max(0, party.infants - adults * table.infantsFreePerAdult);
  const infant = share(single, table.infantPercent, table.roundUpToYen);
  return party.adults * single + party.children * child + payingInfants * infant;
}

/** So many percent of an amount, rounded up to the table's step, in whole numbers throughout. */
function share(yen: number, percent: number, stepYen: number): number {
  return Math.ceil((yen * percent) / (100 * stepYen)) * stepYen;
}

function singleFare(
  { single }: FareTable,
  { from, to }: FareQuestion,
): number | "stop-unknown" | "pair-without-fare" {
  if (single.kind === "flat") return single.yen;
  if (from === undefined || to === undefined) return "stop-unknown";
  const pair = single.pairs.find(
    ({ between: [one, other] }) => (one === from && other === to) || (one === to && other === from),
  );
  return pair?.yen ?? "pair-without-fare";
}

/** The pass that covers the ride: both ends in its zones, or the known one. */
function passFor({ products }: FareTable, { passes, from, to }: FareQuestion): string | undefined {
  const held = products.find(({ id, zones }) => {
    if (!passes.includes(id)) return false;
    if (zones === "everywhere") return true;
    if (from === undefined || !zones.includes(from)) return false;
    return to === undefined || zones.includes(to);
  });
  return held?.id;
}
