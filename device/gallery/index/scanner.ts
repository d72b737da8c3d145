import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CompiledModule } from "#models/kernel/web-assembly.ts";
import { type CodeRows, rowsStart } from "./code-rows.ts";
import { type QuantisedProbe, quantiseProbe } from "./quantise.ts";
import type { Candidate, Candidates } from "./rank.ts";
import {
  blockHeaderBytes,
  blockRows,
  compileScanKernel,
  instantiateScanKernel,
  listHeaderBytes,
} from "./scan-kernel.ts";
import { ScanWorkers } from "./scan-workers.ts";

/** Rows that a first scan keeps: enough that it hardly ever has to be repeated. */
export const keptRows = 64;
/** Bytes of codes above which threads are faster than this one alone, measured on four cores. */
const threadedBytesMin = 4 * 1_024 * 1_024;
/** More threads than this only wait for the same memory. */
const threadsMax = 4;
const blocksPerSlice = 256;
/** Codes scanned on this thread between two turns of the event loop: below a millisecond. */
const turnBytes = 2 * 1_024 * 1_024;
const probeAddress = 1_024;
const listsAddress = 65_536;
const listStride = 8_192;
/** Float32 rounds three times in the kernel; scores are sums of parts below 2. */
const kernelRoundingMax = 1e-6;

/** Runs the kernel over all rows, on threads where the gallery is large. */
export class Scanner implements Disposable {
  readonly #rows: CodeRows;
  readonly #module: CompiledModule;
  readonly #kernel: ReturnType<typeof instantiateScanKernel>;
  readonly #threadedBytesMin: number;
  #workers: ScanWorkers | undefined;

  constructor(rows: CodeRows, options: { readonly threadedBytesMin?: number | undefined } = {}) {
    this.#rows = rows;
    this.#threadedBytesMin = options.threadedBytesMin ?? threadedBytesMin;
    this.#module = compileScanKernel(rows.strideBytes);
    this.#kernel = instantiateScanKernel(this.#module, rows.memory);
  }

  /** Starts the threads if the gallery is large; searches run without them until they are up. */
  async warmUp(): Promise<void> {
    await this.#workersWanted()?.started;
  }

  /** The rows that may be most similar to the probe. */
  async best(probe: Float32Array): Promise<Candidates> {
    const bound = this.#loadProbe(probe);
    const workers = this.#workersWanted();
    // Threads report a job with its last slice, so a job without one would never end.
    if (workers?.ready && this.#rows.count > 0) {
      const lists = listAddresses();
      for (const list of lists) this.#resetList(list, -Infinity);
      if (await workers.scan(this.#rows.end, this.#probeEnd(), bound.allowance)) {
        return this.#gather(bound, lists);
      }
    }
    this.#resetList(listsAddress, -Infinity);
    await this.#scanHere(bound, turnBytes, keptRows, () => {});
    return this.#gather(bound, [listsAddress]);
  }

  /** Every row that may be more similar to the probe than `floor`. */
  async above(probe: Float32Array, floor: number): Promise<Candidates> {
    const bound = this.#loadProbe(probe);
    // Lower than asked by more than rounding to float32 could raise it.
    const threshold = bound.scoreOf(floor - 1e-6 - kernelRoundingMax);
    const capacity = 512;
    const found: Candidate[] = [];
    const collect = () => {
      found.push(...this.#readList(bound, listsAddress, capacity));
      this.#resetList(listsAddress, threshold);
    };
    this.#resetList(listsAddress, threshold);
    const bytes = (capacity / 4) * this.#rows.strideBytes;
    await this.#scanHere(bound, bytes, capacity, collect);
    this.#forgetProbe();
    found.sort((a, b) => b.upper - a.upper);
    return { rows: found, othersUpper: floor === -Infinity ? -Infinity : floor - 1e-6 };
  }

  [Symbol.dispose](): void {
    this.#workers?.[Symbol.dispose]();
  }

  #loadProbe(probe: Float32Array): Bound {
    const quantised = quantiseProbe(probe);
    const codes = new Int16Array(this.#rows.memory.buffer, probeAddress, this.#paddedDimensions());
    codes.fill(0);
    codes.set(quantised.codes);
    quantised.codes.fill(0);
    return new Bound(quantised, this.#rows, this.#rows.commonSimilarity(probe));
  }

  /** A probe is a biometric too, and the memory it lies in lives long. */
  #forgetProbe(): void {
    new Uint8Array(this.#rows.memory.buffer, probeAddress, 2 * this.#paddedDimensions()).fill(0);
  }

  #paddedDimensions(): number {
    return (this.#rows.strideBytes - blockHeaderBytes) / blockRows;
  }

  #probeEnd(): number {
    return probeAddress + 2 * this.#paddedDimensions();
  }

  #workersWanted(): ScanWorkers | undefined {
    if (this.#rows.end - rowsStart < this.#threadedBytesMin) return undefined;
    this.#workers ??= new ScanWorkers({
      memory: this.#rows.memory,
      module: this.#module,
      ...{ probeAddress, rowsStart, listCapacity: keptRows, listAddresses: listAddresses() },
      sliceBytes: blocksPerSlice * this.#rows.strideBytes,
    });
    return this.#workers;
  }

  async #scanHere(bound: Bound, sliceBytes: number, capacity: number, after: () => void) {
    const { end, strideBytes } = this.#rows;
    const step = Math.max(1, Math.floor(sliceBytes / strideBytes)) * strideBytes;
    for (let from = rowsStart, turn = 0; from < end; from += step) {
      if (turn >= turnBytes) {
        await nextTurn();
        turn = 0;
      }
      const to = Math.min(end, from + step);
      const { allowance } = bound;
      this.#kernel(from, to, probeAddress, this.#probeEnd(), allowance, listsAddress, capacity);
      after();
      turn += step;
    }
  }

  #resetList(address: number, threshold: number): void {
    const { buffer } = this.#rows.memory;
    new Int32Array(buffer, address, 1)[0] = 0;
    new Float32Array(buffer, address + 4, 1)[0] = threshold;
  }

  #readList(bound: Bound, address: number, capacity: number): Candidate[] {
    const { buffer } = this.#rows.memory;
    const count = new Int32Array(buffer, address, 1)[0]!;
    const scores = new Float32Array(buffer, address + listHeaderBytes, count);
    const addresses = new Uint32Array(buffer, address + listHeaderBytes + 4 * capacity, count);
    return Array.from(scores, (score, i) => ({
      row: this.#rows.rowAt(addresses[i]!),
      upper: bound.upperOf(score),
    }));
  }

  /** Merges the threads' lists. A row that a full list dropped is below that list's last. */
  #gather(bound: Bound, lists: readonly number[]): Candidates {
    this.#forgetProbe();
    let othersUpper = -Infinity;
    const rows: Candidate[] = [];
    for (const address of lists) {
      const list = this.#readList(bound, address, keptRows);
      if (list.length === keptRows) othersUpper = Math.max(othersUpper, list.at(-1)!.upper);
      rows.push(...list);
    }
    rows.sort((a, b) => b.upper - a.upper);
    return { rows, othersUpper };
  }
}

/** Turns the kernel's scores into similarities that cannot be exceeded. */
class Bound {
  /** What the kernel adds for a row's own error: |<p, x - s·c>| is at most |p| · error · s. */
  readonly allowance: number;
  readonly #scale: number;
  readonly #slack: number;

  constructor(probe: QuantisedProbe, rows: CodeRows, common: number) {
    this.#scale = probe.scale;
    const exact = (rows.codeErrorMax * probe.length) / probe.scale;
    this.allowance = Math.fround(exact * (1 + 1e-6));
    // The probe's own error meets a row of scaled codes: |<p - p̂, s·c>| is at most both lengths.
    this.#slack = common + probe.error * rows.lengthMax + kernelRoundingMax;
  }

  upperOf(score: number): number {
    return score * this.#scale + this.#slack;
  }

  /** The score whose upper end this is. */
  scoreOf(upper: number): number {
    return (upper - this.#slack) / this.#scale;
  }
}

function listAddresses(): number[] {
  const threads = Math.min(threadsMax, availableParallelism());
  return Array.from({ length: threads }, (_, thread) => listsAddress + thread * listStride);
}
