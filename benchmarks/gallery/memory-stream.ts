import { Worker } from "node:worker_threads";
import { encodeModule, i32, local, repeatWhile, v128 } from "#models/kernel/wasm-encoder.ts";
import { type SharedMemory, webAssembly } from "#models/kernel/web-assembly.ts";

const pageBytes = 65_536;

/** Reads 64 bytes a step and only ORs them: as fast as these instructions can read at all. */
function streamModule() {
  const at = local.get(0);
  const or = (sum: number, offset: number) =>
    local.set(sum, [...local.get(sum), ...v128.load(at, offset), 0xfd, 80]);
  const steps = [or(2, 0), or(3, 16), or(4, 32), or(5, 48)];
  const loop = repeatWhile(
    [...steps, local.set(0, i32.add(at, i32.const(64)))],
    i32.lessThan(at, local.get(1)),
  );
  // Stored once, so that no compiler may drop the loads.
  const keep = [2, 3, 4, 5].flatMap((sum, i) => v128.store(i32.const(0), 64 + i * 16, local.get(sum))); // biome-ignore format: one line
  return new webAssembly.Module(
    encodeModule(
      {
        ...{ name: "stream", parameters: ["i32", "i32"], body: [...loop, ...keep] },
        locals: ["v128", "v128", "v128", "v128"],
      },
      { isShared: true, pagesMax: 65_535 },
    ),
  );
}

const workerSource = `
const { parentPort, workerData: { module, memory, thread, threads, bytes, rounds } } = require("node:worker_threads");
const { stream } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const control = new Int32Array(memory.buffer, 0, 16);
const part = Math.floor(bytes / threads / 64) * 64;
const from = 65536 + thread * part;
const times = [];
for (let round = 1; round <= rounds; round++) {
  Atomics.add(control, 0, 1);
  while (Atomics.load(control, 0) < round * threads);
  const started = performance.now();
  stream(from, from + part);
  times.push(performance.now() - started);
}
parentPort.postMessage(times);`;

/** Milliseconds that this machine takes to read so many bytes on so many threads. */
export async function streamMs(
  bytes: number,
  threads: number,
  rounds = 60,
): Promise<{ readonly median: number; readonly fastest: number }> {
  const pages = Math.ceil(bytes / pageBytes) + 1;
  const memory: SharedMemory = new webAssembly.Memory({
    ...{ initial: pages, maximum: 65_535, shared: true as const },
  });
  new Uint8Array(memory.buffer).fill(1);
  new Int32Array(memory.buffer, 0, 16).fill(0);
  const module = streamModule();
  const perThread = await Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const workerData = { module, memory, thread, threads, bytes, rounds };
      const worker = new Worker(workerSource, { eval: true, execArgv: [], workerData });
      return await new Promise<number[]>((resolve, reject) => {
        worker.on("message", resolve);
        worker.on("error", reject);
      });
    }),
  );
  const slowest = perThread[0]!.map((_, i) => Math.max(...perThread.map((times) => times[i]!)));
  slowest.sort((a, b) => a - b);
  return { median: slowest[rounds >> 1]!, fastest: slowest[0]! };
}
