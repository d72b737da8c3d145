import { setImmediate as nextTurn } from "node:timers/promises";
import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit } from "../gallery-index.ts";
import type { CodeRows } from "./code-rows.ts";
import type { RowDirectory } from "./row-directory.ts";
import type { TemplateSource } from "./template-source.ts";

export interface Candidate {
  readonly row: number;
  /** The row's similarity is not above this. */
  readonly upper: number;
}

/** What a scan found: some rows, best first, and how good any other row can be at most. */
export interface Candidates {
  readonly rows: readonly Candidate[];
  /** -Infinity when no row was left out. */
  readonly othersUpper: number;
}

export interface RankParts {
  readonly rows: CodeRows;
  readonly directory: RowDirectory;
  readonly source: TemplateSource;
}

export interface Ranking {
  /** Undefined when a row that the scan left out might belong among the best k. */
  readonly hits: readonly GalleryHit[] | undefined;
  /** At least k people are this similar; -Infinity when the candidates hold fewer people. */
  readonly floor: number;
}

/** Steps between two turns of the event loop: about a millisecond's worth. */
const stepsPerTurn = 2_048;
/** Double precision sums of 4,096 products of unit vectors stay well within this. */
const roundingMax = 1e-9;

/**
 * Orders candidates by their similarity in full precision, and says whether that is proven. Every
 * candidate's similarity is first bracketed from its codes. The k-th best lower end is a floor:
 * nobody whose upper end is below it can be among the best k, so only the rest is looked up.
 */
export async function rank(
  parts: RankParts,
  probe: Float32Array,
  k: number,
  candidates: Candidates,
): Promise<Ranking> {
  const { uppers, floor } = await bracket(parts, probe, k, candidates.rows);
  if (candidates.othersUpper !== -Infinity && candidates.othersUpper >= floor) {
    return { hits: undefined, floor };
  }
  const hits: GalleryHit[] = [];
  let steps = 0;
  for (const [person, upper] of uppers) {
    if (upper < floor) continue;
    const similarity = bestSimilarity(parts.source.templatesOf(person), probe);
    if (similarity !== undefined && parts.directory.has(person)) hits.push({ person, similarity });
    if (++steps % stepsPerTurn === 0) await nextTurn();
  }
  return { hits: hits.sort(byRank).slice(0, k), floor };
}

async function bracket(
  { rows, directory }: RankParts,
  probe: Float32Array,
  k: number,
  candidates: readonly Candidate[],
) {
  const common = commonOf(rows, probe);
  const uppers = new Map<PersonId, number>();
  const leaders = new Leaders(k);
  let steps = 0;
  for (const { row, upper } of candidates) {
    if (upper < leaders.floor) break;
    const person = directory.ownerOf(row);
    if (person === undefined) continue;
    const ends = similarityBetween(rows, row, probe, common);
    uppers.set(person, Math.max(ends.upper, uppers.get(person) ?? -Infinity));
    leaders.offer(person, ends.lower);
    if (++steps % stepsPerTurn === 0) await nextTurn();
  }
  return { uppers, floor: leaders.floor };
}

/** What a probe's comparisons with all rows have in common. */
interface Common {
  readonly probeLength: number;
  readonly similarity: number;
}

function commonOf(rows: CodeRows, probe: Float32Array): Common {
  const probeLength = Math.sqrt(dot(probe, probe));
  return { probeLength, similarity: rows.commonSimilarity(probe) };
}

/** Two ends that hold the row's similarity, from its codes and residuals. */
function similarityBetween(rows: CodeRows, row: number, probe: Float32Array, common: Common) {
  const estimate = common.similarity + rows.ownSimilarity(row, probe);
  const error = rows.residualErrorMax * common.probeLength * rows.scaleOf(row) + roundingMax;
  return { lower: estimate - error, upper: estimate + error };
}

/** The rows of some people, with nobody else left out. */
export async function candidatesWithin(
  { rows, directory }: RankParts,
  probe: Float32Array,
  people: Iterable<PersonId>,
): Promise<Candidates> {
  const common = commonOf(rows, probe);
  const found: Candidate[] = [];
  for (const person of new Set(people)) {
    for (const row of directory.rowsOf(person)) {
      found.push({ row, upper: similarityBetween(rows, row, probe, common).upper });
    }
    if (found.length % stepsPerTurn === stepsPerTurn - 1) await nextTurn();
  }
  return { rows: found.sort((a, b) => b.upper - a.upper), othersUpper: -Infinity };
}

/** The k people with the best lower ends. */
class Leaders {
  readonly #k: number;
  readonly #best: { readonly person: PersonId; readonly lower: number }[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  get floor(): number {
    return this.#best[this.#k - 1]?.lower ?? -Infinity;
  }

  offer(person: PersonId, lower: number): void {
    if (lower <= this.floor) return;
    const held = this.#best.findIndex((leader) => leader.person === person);
    if (held >= 0) {
      if (this.#best[held]!.lower >= lower) return;
      this.#best.splice(held, 1);
    }
    const place = this.#best.findIndex((leader) => leader.lower < lower);
    this.#best.splice(place < 0 ? this.#best.length : place, 0, { person, lower });
    this.#best.length = Math.min(this.#best.length, this.#k);
  }
}

/** Best first; the smaller PersonId where two are equally similar. */
export function byRank(a: GalleryHit, b: GalleryHit): number {
  if (a.similarity !== b.similarity) return b.similarity - a.similarity;
  return a.person < b.person ? -1 : 1;
}

/** The similarity that all results are held to: a plain sum in double precision. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function bestSimilarity(templates: readonly Float32Array[], probe: Float32Array) {
  if (templates.length === 0) return undefined;
  return templates.reduce((best, template) => Math.max(best, dot(probe, template)), -Infinity);
}
