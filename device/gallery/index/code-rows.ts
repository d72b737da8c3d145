import assert from "node:assert/strict";
import { type SharedMemory, webAssembly } from "#models/kernel/web-assembly.ts";
import { type QuantiseBuffers, quantiseTemplate, residualOf } from "./quantise.ts";
import { blockHeaderBytes, blockRows, dimensionsStep, kernelPagesMax } from "./scan-kernel.ts";

const pageBytes = 65_536;
/** Before the rows: control words, the probe, and a list for each scanning thread. */
export const rowsStart = 4 * pageBytes;
const pagesAhead = 16;
/** Residuals grow by chunks, so that growing never copies. */
const residualChunkRows = 4_096;

/**
 * The codes of all templates, in the memory that the kernel scans and that worker threads share.
 * A row number is stable for as long as its template stays. Rows are written and emptied in place
 * while a scan may be running: a scan then sees the old row, the new one or a mixture, so whatever
 * it reports is looked up again before it counts.
 */
export class CodeRows {
  readonly dimensions: number;
  readonly memory: SharedMemory;
  readonly strideBytes: number;
  /** Largest errors over every row so far, in scales; they never shrink. */
  codeErrorMax = 0;
  residualErrorMax = 0;
  lengthMax = 0;
  /** Rows handed out so far, emptied ones included. */
  count = 0;
  readonly #residualBytes: number;
  readonly #residuals: Uint8Array[] = [];
  readonly #centre: Float64Array;
  readonly #buffers: QuantiseBuffers;
  #bytes: Int8Array;
  #floats: Float32Array;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    const padded = Math.ceil(dimensions / dimensionsStep) * dimensionsStep;
    this.strideBytes = blockHeaderBytes + blockRows * padded;
    this.#centre = new Float64Array(dimensions);
    this.#buffers = {
      codes: new Int8Array(dimensions),
      residuals: new Uint8Array(dimensions),
    };
    this.#residualBytes = (padded * 6) / 8;
    this.memory = new webAssembly.Memory({
      initial: rowsStart / pageBytes,
      maximum: kernelPagesMax,
      shared: true,
    });
    this.#bytes = new Int8Array(this.memory.buffer);
    this.#floats = new Float32Array(this.memory.buffer);
  }

  /** Bytes held for codes and residuals. */
  get bytes(): number {
    const residuals = this.#residuals.length * residualChunkRows * this.#residualBytes;
    return this.memory.buffer.byteLength + residuals;
  }

  /** Address behind the last block that holds a row. */
  get end(): number {
    return rowsStart + Math.ceil(this.count / blockRows) * this.strideBytes;
  }

  /** The row at an address that the kernel put in its list: a block, plus 0 to 3. */
  rowAt(address: number): number {
    const lane = address % blockRows;
    return ((address - lane - rowsStart) / this.strideBytes) * blockRows + lane;
  }

  /** A new row's number; it stays empty until it is written. */
  append(): number {
    const row = this.count;
    const needed = rowsStart + (Math.floor(row / blockRows) + 1) * this.strideBytes;
    if (needed > this.#bytes.length) this.#grow(needed);
    if (row % residualChunkRows === 0) {
      this.#residuals.push(new Uint8Array(residualChunkRows * this.#residualBytes));
    }
    if (row % blockRows === 0) {
      this.#floats.fill(Number.NaN, this.#scaleAt(row), this.#scaleAt(row) + blockRows);
    }
    this.count += 1;
    return row;
  }

  write(row: number, template: Float32Array): void {
    const quantised = quantiseTemplate(template, this.#centre, this.#buffers);
    const base = this.#codesAt(row);
    const { codes } = quantised;
    const bytes = this.#bytes;
    for (let i = 0; i < codes.length; i++) bytes[base + (i >> 3) * 32 + (i & 7)] = codes[i]!;
    packResiduals(quantised.residuals, this.#residualsOf(row));
    this.codeErrorMax = Math.max(this.codeErrorMax, quantised.codeError);
    this.residualErrorMax = Math.max(this.residualErrorMax, quantised.residualError);
    this.lengthMax = Math.max(this.lengthMax, quantised.length);
    // Last, because this is what makes the row visible to a scan.
    this.#floats[this.#scaleAt(row)] = quantised.scale;
    quantised.codes.fill(0);
    quantised.residuals.fill(0);
  }

  /** Hides the row from every scan and overwrites it. */
  wipe(row: number): void {
    this.#floats[this.#scaleAt(row)] = Number.NaN;
    const base = this.#codesAt(row);
    for (let i = 0; i < this.dimensions; i++) this.#bytes[base + (i >> 3) * 32 + (i & 7)] = 0;
    this.#residualsOf(row).fill(0);
  }

  scaleOf(row: number): number {
    return this.#floats[this.#scaleAt(row)]!;
  }

  /**
   * Codes describe what differs from here from now on, so every row must be written again. Faces
   * have much in common (strangers' descriptors may be 0.9 alike), and codes that had to describe
   * that too would be too coarse for what tells people apart.
   */
  recentre(centre: Float64Array): void {
    this.#centre.set(centre);
    this.codeErrorMax = 0;
    this.residualErrorMax = 0;
    this.lengthMax = 0;
  }

  /** The part of a probe's similarities that all rows have in common. */
  commonSimilarity(probe: Float32Array): number {
    let sum = 0;
    for (let i = 0; i < probe.length; i++) sum += probe[i]! * this.#centre[i]!;
    return sum;
  }

  /**
   * What codes and residuals add to the common similarity; off by residualErrorMax scales at most.
   */
  ownSimilarity(row: number, probe: Float32Array): number {
    const base = this.#codesAt(row);
    const packed = this.#residualsOf(row);
    const bytes = this.#bytes;
    let sum = 0;
    for (let i = 0, from = 0; i < probe.length; i += 4, from += 3) {
      const four = packed[from]! | (packed[from + 1]! << 8) | (packed[from + 2]! << 16);
      const at = base + (i >> 3) * 32 + (i & 7);
      const last = Math.min(4, probe.length - i);
      for (let j = 0; j < last; j++) {
        sum += probe[i + j]! * (bytes[at + j]! + residualOf((four >> (6 * j)) & 63));
      }
    }
    return sum * this.scaleOf(row);
  }

  /** Overwrites everything. */
  clear(): void {
    this.#bytes.fill(0);
    for (const chunk of this.#residuals) chunk.fill(0);
    this.#centre.fill(0);
    this.count = 0;
  }

  #grow(needed: number): void {
    // Little at a time: growing shared memory never copies, and memory is dear on a small box.
    const pages = this.#bytes.length / pageBytes;
    const pagesNeeded = Math.ceil(needed / pageBytes) + pagesAhead;
    assert(pagesNeeded <= kernelPagesMax, "a gallery's codes must stay below 4 GiB");
    this.memory.grow(pagesNeeded - pages);
    this.#bytes = new Int8Array(this.memory.buffer);
    this.#floats = new Float32Array(this.memory.buffer);
  }

  #scaleAt(row: number): number {
    return (rowsStart + Math.floor(row / blockRows) * this.strideBytes) / 4 + (row % blockRows);
  }

  #codesAt(row: number): number {
    const block = rowsStart + Math.floor(row / blockRows) * this.strideBytes;
    return block + blockHeaderBytes + (row % blockRows) * 8;
  }

  #residualsOf(row: number): Uint8Array {
    const chunk = this.#residuals[Math.floor(row / residualChunkRows)]!;
    const from = (row % residualChunkRows) * this.#residualBytes;
    return chunk.subarray(from, from + this.#residualBytes);
  }
}

/** Four levels of 6 bits in three bytes, the first in the lowest bits. */
function packResiduals(levels: Uint8Array, into: Uint8Array): void {
  const levelAt = (i: number) => levels[i] ?? 0;
  for (let i = 0, to = 0; i < levels.length; i += 4, to += 3) {
    const [a, b, c, d] = [levelAt(i), levelAt(i + 1), levelAt(i + 2), levelAt(i + 3)];
    into[to] = a | (b << 6);
    into[to + 1] = (b >> 2) | (c << 4);
    into[to + 2] = (c >> 4) | (d << 2);
  }
}
