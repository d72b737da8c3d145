import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGalleryIndex, type ExactGalleryIndex } from "#device/gallery/index/exact.ts";
import { gaussianUnit, randomFrom, unit } from "#test/support/unit-vectors.ts";
import { streamMs } from "./gallery/memory-stream.ts";
import { type OtherSearch, plainLoop, sqliteVecSearch, usearchExact, usearchGraph } from "./gallery/others.ts"; // biome-ignore format: one line
import { personOf, SealedRows } from "./gallery/sealed-rows.ts";

const sizes = [1_000, 10_000, 100_000, 340_000];
const dimensionsMeasured = [128, 512];
const k = 5;
const threads = 4;
const searches = 200;
/** A graph takes minutes to build beyond this. */
const graphTemplatesMax = 10_000;
/** Large enough that no cache holds a useful part of it. */
const bandwidthBytes = 512 * 1_024 * 1_024;

interface OtherRow {
  readonly p50Ms: number;
  /** Share of the true best five that it found. */
  readonly recall: number;
}

interface Row {
  readonly templates: number;
  readonly dimensions: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** One byte for each dimension of each template, at this machine's memory bandwidth. */
  readonly limitMs: number;
  /** Reading as many bytes and nothing else, in whatever caches hold of them. */
  readonly streamMs: number;
  /** Everything the index holds: codes, residuals, ids and tables; full precision lies in a file. */
  readonly bytes: number;
  readonly bytesPerTemplate: number;
  /** Every query's five best people and similarities equal those of the plain loop. */
  readonly agreesWithFloat: boolean;
  readonly queriesCompared: number;
  readonly sealedReadsPerSearch: number;
  readonly loadMs: number;
  readonly addsPerSecond: number;
  readonly removesPerSecond: number;
  /** Longest gap between two turns of the event loop in a search: median and worst of 40. */
  readonly loopGapP50Ms: number;
  readonly loopGapMaxMs: number;
  readonly others: Readonly<Record<string, OtherRow>>;
}

/** Times the search of a gallery beside other ways to do it, in the same run, medians. */
export async function run({ json }: { json: boolean }): Promise<void> {
  // The fastest round: a limit is what the machine can do when nobody else asks for its memory.
  const bandwidth = bandwidthBytes / (await streamMs(bandwidthBytes, threads, 40)).fastest;
  const say = (line: string) => void (json || process.stdout.write(`${line}\n`));
  say(`memory bandwidth ${(bandwidth / 1e6).toFixed(1)} GB/s on ${threads} threads`);
  const rows: Row[] = [];
  for (const dimensions of dimensionsMeasured) {
    for (const templates of sizes) {
      const row = await measure(templates, dimensions, bandwidth);
      rows.push(row);
      say(describe(row));
    }
  }
  const bandwidthGBps = bandwidth / 1e6;
  if (json) process.stdout.write(`${JSON.stringify({ bandwidthGBps, threads, rows })}\n`);
}

async function measure(templates: number, dimensions: number, bandwidth: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "tebura-gallery-"));
  try {
    const random = randomFrom(templates + dimensions);
    const flat = new Float32Array(templates * dimensions);
    using sealed = new SealedRows(join(folder, "rows"), dimensions);
    for (let row = 0; row < templates; row++) {
      flat.set(gaussianUnit(random, dimensions), row * dimensions);
      sealed.write(row, flat.subarray(row * dimensions, (row + 1) * dimensions));
    }
    const probes = Array.from({ length: searches }, (_, i) =>
      probeFor(i, flat, dimensions, random),
    );
    const before = heapBytes();
    using index = createGalleryIndex({ dimensions, source: sealed });
    const loadMs = load(index, sealed, templates);
    const bytes = index.codeBytes + heapBytes() - before;
    await index.warmUp();
    const timed = await timeSearches(index, sealed, probes);
    return {
      ...{ templates, dimensions, ...timed, loadMs },
      limitMs: (templates * dimensions) / bandwidth,
      streamMs: (await streamMs(templates * dimensions, threads)).median,
      ...{ bytes, bytesPerTemplate: bytes / templates },
      ...(await compare(index, flat, probes)),
      ...(await loopGaps(index, probes)),
      ...changeRates(index, flat, templates),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every other probe is of somebody enrolled, at a similarity of about 0.7; the rest are strangers. */
function probeFor(i: number, flat: Float32Array, dimensions: number, random: () => number) {
  const stranger = gaussianUnit(random, dimensions);
  if (i % 2 === 1) return stranger;
  const at = Math.floor((random() * flat.length) / dimensions) * dimensions;
  return unit(stranger.map((value, j) => value + flat[at + j]!));
}

function load(index: ExactGalleryIndex, sealed: SealedRows, templates: number): number {
  const started = performance.now();
  for (let row = 0; row < templates; row++) {
    for (const template of sealed.templatesOf(personOf(row))) index.add(personOf(row), template);
  }
  return performance.now() - started;
}

async function timeSearches(index: ExactGalleryIndex, sealed: SealedRows, probes: Float32Array[]) {
  for (const probe of probes.slice(0, 50)) await index.search(probe, k);
  const times: number[] = [];
  sealed.reads = 0;
  for (const probe of probes) {
    const started = performance.now();
    await index.search(probe, k);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return {
    p50Ms: times[times.length >> 1]!,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
    sealedReadsPerSearch: sealed.reads / probes.length,
  };
}

async function compare(index: ExactGalleryIndex, flat: Float32Array, probes: Float32Array[]) {
  const { dimensions } = index;
  const templates = flat.length / dimensions;
  const compared = probes.slice(0, templates > 10_000 ? 60 : searches);
  using plain = plainLoop(flat, dimensions);
  const truths = compared.map((probe) => plain.search(probe, k));
  let agreesWithFloat = true;
  for (const [i, probe] of compared.entries()) {
    const hits = await index.search(probe, k);
    agreesWithFloat &&= hits.length === k;
    for (const [rank, hit] of hits.entries()) {
      const row = truths[i]![rank]!;
      let similarity = 0;
      for (let j = 0; j < dimensions; j++) similarity += probe[j]! * flat[row * dimensions + j]!;
      agreesWithFloat &&= hit.person === personOf(row) && hit.similarity === similarity;
    }
  }
  const makers = [plainLoop, sqliteVecSearch, usearchExact];
  if (templates <= graphTemplatesMax) makers.push(usearchGraph);
  const others: Record<string, OtherRow> = {};
  for (const make of makers) {
    using other = make(flat, dimensions);
    others[other.name] = timeOther(other, compared.slice(0, 30), truths);
  }
  return { agreesWithFloat, queriesCompared: compared.length, others };
}

function timeOther(other: OtherSearch, probes: Float32Array[], truths: number[][]): OtherRow {
  const times: number[] = [];
  let found = 0;
  for (const [i, probe] of probes.entries()) {
    const started = performance.now();
    const rows = other.search(probe, k);
    times.push(performance.now() - started);
    found += truths[i]!.filter((row) => rows.includes(row)).length;
  }
  times.sort((a, b) => a - b);
  return { p50Ms: times[times.length >> 1]!, recall: found / (k * probes.length) };
}

async function loopGaps(index: ExactGalleryIndex, probes: Float32Array[]) {
  const gaps: number[] = [];
  for (const probe of probes.slice(0, 40)) {
    let searching = true;
    const search = index.search(probe, k).finally(() => {
      searching = false;
    });
    let longest = 0;
    for (let last = performance.now(); searching; ) {
      await nextTurn();
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    await search;
    gaps.push(longest);
  }
  gaps.sort((a, b) => a - b);
  return { loopGapP50Ms: gaps[20]!, loopGapMaxMs: gaps[39]! };
}

function changeRates(index: ExactGalleryIndex, flat: Float32Array, templates: number) {
  const changes = Math.min(1_000, templates);
  const added = performance.now();
  for (let i = 0; i < changes; i++) {
    const at = (i % templates) * index.dimensions;
    index.add(personOf(templates + i), flat.subarray(at, at + index.dimensions));
  }
  const removed = performance.now();
  for (let i = 0; i < changes; i++) index.remove(personOf(templates + i));
  const ended = performance.now();
  const rate = (ms: number) => Math.round((changes / ms) * 1_000);
  return { addsPerSecond: rate(removed - added), removesPerSecond: rate(ended - removed) };
}

/** Bytes on the JavaScript heap after a collection. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function describe(row: Row): string {
  const others = Object.entries(row.others).map(
    ([name, { p50Ms, recall }]) => `${name} ${p50Ms.toFixed(2)} (recall ${recall.toFixed(2)})`,
  );
  return (
    `${row.templates} × ${row.dimensions}: p50 ${row.p50Ms.toFixed(3)} ms, p99 ` +
    `${row.p99Ms.toFixed(3)}, limit ${row.limitMs.toFixed(3)}, stream ${row.streamMs.toFixed(3)}, ` +
    `${(row.bytes / 1e6).toFixed(1)} MB, agrees ${row.agreesWithFloat}, reads ` +
    `${row.sealedReadsPerSearch.toFixed(2)}, load ${row.loadMs.toFixed(0)} ms, add ` +
    `${row.addsPerSecond}/s, remove ${row.removesPerSecond}/s, loop gap ` +
    `${row.loopGapP50Ms.toFixed(2)}/${row.loopGapMaxMs.toFixed(2)} ms; ${others.join(", ")}`
  );
}
