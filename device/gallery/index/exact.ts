import assert from "node:assert/strict";
import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit, GalleryIndex } from "../gallery-index.ts";
import { CodeRows } from "./code-rows.ts";
import { candidatesWithin, dot, rank } from "./rank.ts";
import { RowDirectory } from "./row-directory.ts";
import { Scanner } from "./scanner.ts";
import { type Examination, summarise } from "./statistics.ts";
import { MemoryTemplates, type TemplateSource } from "./template-source.ts";

/** Below this many templates a search looks at all of them anyway. */
const centreSampleMin = 256;

export interface GalleryIndexOptions {
  /** Length of a template, from the embedder's manifest; 1 to 4,096. */
  readonly dimensions: number;
  /**
   * Where full precision is read from when codes cannot settle an order, for example the sealed
   * store. Without it the templates are kept in memory too, at 4 bytes for each dimension.
   */
  readonly source?: TemplateSource;
  /** Bytes of codes from which a search runs on worker threads. For tests and measurements. */
  readonly threadedBytesMin?: number;
}

export interface SearchOptions {
  /** Only these people, for example a class or a tour's passengers. */
  readonly within?: Iterable<PersonId>;
}

export interface ExactGalleryIndex extends GalleryIndex {
  /** Templates held, of all people. */
  readonly templates: number;
  /** Bytes of typed memory; without people's ids and, where there is no source, the templates. */
  readonly codeBytes: number;
  /** Optional: has the threads of a large gallery ready before its first search. */
  warmUp(): Promise<void>;
  search(probe: Float32Array, k: number, options?: SearchOptions): Promise<readonly GalleryHit[]>;
  /** A search with the margin and cohort statistics of the same scan. */
  examine(probe: Float32Array, k: number, options?: SearchOptions): Promise<Examination>;
}

/**
 * An empty gallery. Its answers equal those of comparing the probe with every template in double
 * precision; int8 codes find the few rows that can matter, and a bound on their error proves it.
 */
export function createGalleryIndex(options: GalleryIndexOptions): ExactGalleryIndex {
  return new CodedIndex(options);
}

class CodedIndex implements ExactGalleryIndex {
  readonly dimensions: number;
  readonly #rows: CodeRows;
  readonly #directory = new RowDirectory();
  readonly #scanner: Scanner;
  readonly #source: TemplateSource;
  readonly #kept: MemoryTemplates | undefined;
  /** The first templates by row, until there are enough to know what all have in common. */
  #sample: Map<number, Float32Array> | undefined = new Map();
  #waiting: Promise<unknown> = Promise.resolve();
  #searches = 0;
  #closed = false;

  constructor(options: GalleryIndexOptions) {
    assert(Number.isInteger(options.dimensions), "dimensions are counted");
    assert(options.dimensions >= 1 && options.dimensions <= 4_096, "1 to 4,096 dimensions");
    this.dimensions = options.dimensions;
    this.#rows = new CodeRows(options.dimensions);
    this.#scanner = new Scanner(this.#rows, options);
    this.#kept = options.source === undefined ? new MemoryTemplates() : undefined;
    this.#source = options.source ?? this.#kept!;
  }

  get people(): number {
    return this.#directory.people;
  }

  get templates(): number {
    return this.#directory.rows;
  }

  get codeBytes(): number {
    return this.#rows.bytes + this.#directory.bytes;
  }

  add(person: PersonId, template: Float32Array): void {
    this.#check(template);
    const row = this.#directory.takeFree() ?? this.#rows.append();
    this.#directory.assign(row, person);
    this.#kept?.add(person, template);
    this.#rows.write(row, template);
    this.#sample?.set(row, template.slice());
    this.#centreOnce();
  }

  remove(person: PersonId): boolean {
    assert(!this.#closed, "the gallery is closed");
    const rows = this.#directory.release(person);
    for (const row of rows) {
      this.#rows.wipe(row);
      this.#sample?.get(row)?.fill(0);
      this.#sample?.delete(row);
    }
    this.#kept?.remove(person);
    if (this.#searches === 0) this.#directory.settle();
    return rows.length > 0;
  }

  async warmUp(): Promise<void> {
    await this.#scanner.warmUp();
  }

  async search(probe: Float32Array, k: number, options: SearchOptions = {}) {
    return await this.#inTurn(probe, k, async () => (await this.#find(probe, k, options)).hits);
  }

  async examine(probe: Float32Array, k: number, options: SearchOptions = {}): Promise<Examination> {
    return await this.#inTurn(probe, Math.max(2, k), async () => {
      const { hits, candidates } = await this.#find(probe, Math.max(2, k), options);
      return summarise(this.#rows, this.#directory, probe, k, hits, candidates);
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#scanner[Symbol.dispose]();
    this.#forgetSample();
    this.#rows.clear();
    this.#directory.clear();
    this.#kept?.clear();
  }

  /** Centres the codes on the mean of the first templates; not while a search relies on them. */
  #centreOnce(): void {
    const sample = this.#sample;
    if (sample === undefined || sample.size < centreSampleMin || this.#searches > 0) return;
    const centre = new Float64Array(this.dimensions);
    for (const template of sample.values()) {
      for (let i = 0; i < centre.length; i++) centre[i]! += template[i]! / sample.size;
    }
    this.#rows.recentre(centre);
    for (const [row, template] of sample) this.#rows.write(row, template);
    this.#forgetSample();
  }

  #forgetSample(): void {
    for (const template of this.#sample?.values() ?? []) template.fill(0);
    this.#sample = undefined;
  }

  /** One search at a time: they share the probe's place in memory and all threads. */
  async #inTurn<T>(probe: Float32Array, k: number, search: () => Promise<T>): Promise<T> {
    this.#check(probe);
    assert(Number.isInteger(k) && k >= 1, "a search returns one person or more");
    const before = this.#waiting;
    const { promise: finished, resolve: finish } = withResolvers();
    this.#waiting = finished;
    this.#searches += 1;
    try {
      await before;
      assert(!this.#closed, "the gallery was closed during a search");
      return await search();
    } finally {
      this.#searches -= 1;
      if (this.#searches === 0 && !this.#closed) this.#directory.settle();
      finish();
    }
  }

  async #find(probe: Float32Array, k: number, { within }: SearchOptions) {
    const parts = { rows: this.#rows, directory: this.#directory, source: this.#source };
    let candidates =
      within === undefined
        ? await this.#scanner.best(probe)
        : await candidatesWithin(parts, probe, within);
    for (;;) {
      const { hits, floor } = await rank(parts, probe, k, candidates);
      assert(!this.#closed, "the gallery was closed during a search");
      if (hits !== undefined) return { hits, candidates };
      candidates = await this.#scanner.above(probe, floor);
    }
  }

  #check(template: Float32Array): void {
    assert(!this.#closed, "the gallery is closed");
    assert(template.length === this.dimensions, "the template comes from another model");
    const squared = dot(template, template);
    assert(squared > 0.98 && squared < 1.02, "a template is a unit vector of finite numbers");
  }
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
