import { Worker } from "node:worker_threads";
import type { CompiledModule, SharedMemory } from "#models/kernel/web-assembly.ts";

/** Indexes of the control words at the start of the shared memory. */
export const controlWords = {
  job: 0,
  next: 1,
  done: 2,
  end: 3,
  probeEnd: 4,
  allowance: 5,
} as const;

export interface ScanArea {
  readonly memory: SharedMemory;
  readonly module: CompiledModule;
  readonly probeAddress: number;
  readonly rowsStart: number;
  readonly sliceBytes: number;
  readonly listAddresses: readonly number[];
  readonly listCapacity: number;
}

/** The word of the next slice: the job's number modulo 4,096, then 20 bits of slice. */
const sliceBits = 20;
/** While a job's words are written, whoever takes a slice gets one behind every end. */
const closedSlice = 1 << (sliceBits - 1);
const tagOf = (job: number) => (job & 0xfff) << sliceBits;

/**
 * What a scanning thread does: wait for a job, take slices until none is left, and report the job
 * when its last slice is done, whoever did it. A thread that wakes late finds nothing to do, or
 * helps with the next job. A slice that was taken for a job which has ended meanwhile is known by
 * the number in the word of the next slice: it cannot change while a real slice is still undone.
 * It is plain text because a worker must start alike from source, under test and from a bundle.
 */
const workerSource = `
const { parentPort, workerData: area } = require("node:worker_threads");
const { scan } = new WebAssembly.Instance(area.module, { env: { memory: area.memory } }).exports;
const control = new Int32Array(area.memory.buffer, 0, 16);
const allowances = new Float32Array(area.memory.buffer, 0, 16);
let job = 0;
parentPort.postMessage("ready");
for (;;) {
  Atomics.wait(control, ${controlWords.job}, job);
  job = Atomics.load(control, ${controlWords.job});
  for (;;) {
    const taken = Atomics.add(control, ${controlWords.next}, 1);
    const end = Atomics.load(control, ${controlWords.end}) >>> 0;
    const probeEnd = Atomics.load(control, ${controlWords.probeEnd});
    const allowance = allowances[${controlWords.allowance}];
    const current = Atomics.load(control, ${controlWords.next});
    const from = area.rowsStart + (taken & ${2 ** sliceBits - 1}) * area.sliceBytes;
    if (from >= end || taken >>> ${sliceBits} !== current >>> ${sliceBits}) break;
    const to = Math.min(end, from + area.sliceBytes);
    const { probeAddress, listAddress, listCapacity } = area;
    scan(from, to, probeAddress, probeEnd, allowance, listAddress, listCapacity);
    const done = Atomics.add(control, ${controlWords.done}, 1) + 1;
    if (done === Math.ceil((end - area.rowsStart) / area.sliceBytes)) parentPort.postMessage("done");
  }
}`;

/** Threads that share one scan, each with a list of its own. One scan at a time. */
export class ScanWorkers implements Disposable {
  readonly #workers: Worker[] = [];
  readonly #control: Int32Array;
  readonly #allowance: Float32Array;
  #announceStart = () => {};
  #readyCount = 0;
  #failed = false;
  #finish: ((complete: boolean) => void) | undefined;

  constructor(area: ScanArea) {
    this.#control = new Int32Array(area.memory.buffer, 0, 16);
    this.#allowance = new Float32Array(area.memory.buffer, 0, 16);
    this.started = new Promise((resolve) => {
      this.#announceStart = resolve;
    });
    for (const listAddress of area.listAddresses) {
      const { memory, module, probeAddress, rowsStart, sliceBytes, listCapacity } = area;
      const shared = { memory, module, probeAddress, rowsStart, sliceBytes, listCapacity };
      const worker = new Worker(workerSource, {
        eval: true,
        execArgv: [],
        workerData: { ...shared, listAddress },
      });
      worker.on("message", (message) => this.#hear(message));
      worker.on("error", () => this.#fail());
      worker.on("exit", () => this.#fail());
      this.#workers.push(worker);
    }
  }

  /** Resolves when all threads have started, or one of them failed. */
  readonly started: Promise<void>;
  /** False while threads are starting, and for ever after one of them failed. */
  get ready(): boolean {
    return !this.#failed && this.#readyCount === this.#workers.length;
  }

  /** Scans up to `end` into the lists, which the caller has reset. False if a thread failed. */
  async scan(end: number, probeEnd: number, allowance: number): Promise<boolean> {
    const control = this.#control;
    const job = Atomics.load(control, controlWords.job) + 1;
    Atomics.store(control, controlWords.next, tagOf(job) | closedSlice);
    Atomics.store(control, controlWords.end, end | 0);
    Atomics.store(control, controlWords.probeEnd, probeEnd);
    this.#allowance[controlWords.allowance] = allowance;
    Atomics.store(control, controlWords.done, 0);
    const finished = new Promise<boolean>((resolve) => {
      this.#finish = resolve;
    });
    // A process that waits for this search must not end; one that only holds a gallery may.
    this.#workers[0]?.ref();
    Atomics.store(control, controlWords.next, tagOf(job));
    Atomics.store(control, controlWords.job, job | 0);
    Atomics.notify(control, controlWords.job);
    const complete = await finished;
    this.#workers[0]?.unref();
    return complete;
  }

  [Symbol.dispose](): void {
    this.#fail();
    for (const worker of this.#workers) void worker.terminate();
  }

  #hear(message: unknown): void {
    if (message === "done") {
      this.#finish?.(true);
      return;
    }
    this.#readyCount += 1;
    if (!this.ready) return;
    for (const worker of this.#workers) worker.unref();
    this.#announceStart();
  }

  #fail(): void {
    this.#failed = true;
    this.#announceStart();
    this.#finish?.(false);
  }
}
