import type { LeadRow } from "#models/calibration.ts";
import { rateAtLead } from "#models/calibration.ts";
import { leadPeopleMin } from "../match/lead.ts";
import type { FaceSet } from "./face-set.ts";
import { rowsByPerson } from "./impostors.ts";
import { pseudoRandom } from "./pseudo-random.ts";
import { type Rate, rateOf } from "./rates.ts";
import { bestLeads, type Gallery, meanTemplates } from "./search.ts";

export interface LeadReport {
  /** Galleries of these sizes were drawn; a row holds for the worst of them. */
  readonly sizes: readonly number[];
  /** Searches by strangers in the galleries of each size. */
  readonly searches: number;
  readonly table: readonly LeadRow[];
}

const sizesWanted = [leadPeopleMin, 300, 1_000];
const searchesWanted = 24_000;
const strangersMax = 1_000;
const ratesWanted = [0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3];
/** A rate is promised only where at least this many searches reached its threshold. */
const hitsMin = 20;

/**
 * At which lead a search names a stranger how often, from galleries that are drawn from a set, with one
 * photograph or up to three of each person. The rates hold for any number of people from
 * `leadPeopleMin` on: thresholds of 100 and of 1,000 people differ by a thousandth.
 */
export function calibrateLeads(set: FaceSet): LeadReport {
  const rows = rowsByPerson(set);
  const sizes = sizesWanted.filter((size) => size * 1.5 <= rows.length);
  const found = sizes.map((size) => strangersLeads(set, rows, size));
  const table = ratesWanted.flatMap((rate) => {
    if (found.some((leads) => leads.length * rate < hitsMin) || found.length === 0) return [];
    const thresholds = found.map((leads) => leads[Math.floor(rate * leads.length)] ?? 1);
    // Rounded up, so that the promise is kept.
    const threshold = Math.ceil(Math.max(...thresholds) * 1e4) / 1e4;
    return [{ threshold, falsePositiveIdentificationRate: rate }];
  });
  return { sizes, searches: found[0]?.length ?? 0, table };
}

/** How often strangers of another set are named where `table` promises these rates. */
export function checkLeads(set: FaceSet, table: readonly LeadRow[]) {
  const rows = rowsByPerson(set);
  return sizesWanted
    .filter((size) => size * 1.5 <= rows.length)
    .flatMap((size) => {
      const leads = strangersLeads(set, rows, size);
      return [1e-2, 1e-3].map((promised) => {
        const named = leads.filter((lead) => rateAtLead(table, lead) <= promised).length;
        return { people: size, promised, measured: rateOf(named, leads.length) satisfies Rate };
      });
    });
}

/** The best lead of every search by a stranger, the highest first. */
function strangersLeads(set: FaceSet, rows: readonly (readonly number[])[], size: number) {
  const next = pseudoRandom(size);
  const leads: number[] = [];
  for (let trial = 0; leads.length < searchesWanted; trial++) {
    const drawn = shuffled(rows, next);
    const strangers = drawn.slice(size, size + strangersMax);
    const photographs = trial % 2 === 0 ? 1 : 3;
    const gallery: Gallery = {
      dimensions: set.dimensions,
      people: size,
      templates: meanTemplates(
        set,
        drawn.slice(0, size).map((own) => shuffled(own, next).slice(0, photographs)),
      ),
    };
    const probes = strangers.map((own) => own[Math.floor(next() * own.length)] ?? 0);
    leads.push(...bestLeads(gallery, set, probes));
  }
  return leads.sort((a, b) => b - a);
}

/** A copy in an order that `next` decides (Fisher and Yates). */
function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const other = Math.floor(next() * (i + 1));
    [copy[i], copy[other]] = [copy[other]!, copy[i]!];
  }
  return copy;
}
