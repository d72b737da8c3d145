import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "#contract/digest.ts";
import { convertNetwork } from "#models/convert/convert.ts";
import { type ModelEntry, modelEntry, modelNames } from "#models/manifest.ts";
import { findInstalledPackage, readSource } from "#models/package-files.ts";
import { openSession, type PreparedModel } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";
import { systemClock } from "#runtime/clock.ts";
import { testImage } from "#test/models/test-images.ts";
import { openReference } from "#test/models/tfjs-reference.ts";

interface Row {
  readonly network: string;
  /** ONNX Runtime, one thread: median and 95th percentile. */
  readonly ortMs: number;
  readonly ortP95Ms: number;
  /** TensorFlow.js on its WASM backend, which has one thread in Node: median. */
  readonly tfjsWasmMs: number;
  readonly ratio: number;
  /** The same network with PRelu as one operator, where it has any: median. */
  readonly ortPreluOperatorMs?: number;
}

const warmupRuns = 8;
const rounds = 12;
const runsPerRound = 5;

/** Times each network under ONNX Runtime and under TensorFlow.js, in turns within the same run. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const prepared = await prepareModels();
  const folder = await mkdtemp(join(tmpdir(), "tebura-bench-"));
  const rows: Row[] = [];
  try {
    for (const name of modelNames) {
      const row = await measure(prepared.get(name)!, folder);
      rows.push(row);
      if (!json) process.stdout.write(`${describe(row)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (json) process.stdout.write(`${JSON.stringify({ networks: rows })}\n`);
}

function describe(row: Row): string {
  const other = row.ortPreluOperatorMs;
  return (
    `${row.network.padEnd(12)} ${row.ortMs.toFixed(2).padStart(6)} ms (p95 ` +
    `${row.ortP95Ms.toFixed(2)}), TensorFlow.js WASM ${row.tfjsWasmMs.toFixed(1)} ms, ` +
    `${row.ratio.toFixed(1)} times${other ? `; with PRelu operators ${other.toFixed(2)} ms` : ""}`
  );
}

async function measure(model: PreparedModel, folder: string): Promise<Row> {
  const { entry } = model;
  const image = testImage(entry, "drawn face");
  const dims = [1, ...entry.input.dims.slice(1).map(Number)];
  const reference = await openReference(entry);
  await using session = await openSession(model);
  const plainModel = await withPreluOperators(entry, folder);
  await using plain = plainModel ? await openSession(plainModel) : undefined;
  const [ort, tfjs, operator] = await timeInTurns([
    () => session.run(image.planar, dims),
    () => reference.run(image),
    ...(plain ? [() => plain.run(image.planar, dims)] : []),
  ]);
  const [ortMs, tfjsWasmMs] = [percentile(ort, 0.5), percentile(tfjs, 0.5)];
  return {
    network: entry.name,
    ortMs,
    ortP95Ms: percentile(ort, 0.95),
    tfjsWasmMs,
    ratio: tfjsWasmMs / ortMs,
    ...(operator ? { ortPreluOperatorMs: percentile(operator, 0.5) } : {}),
  };
}

/** The network with PRelu operators; undefined where that is the same network. */
async function withPreluOperators(
  entry: ModelEntry,
  folder: string,
): Promise<PreparedModel | undefined> {
  const files = await readSource(entry, findInstalledPackage);
  const { name, recipe, input } = entry;
  const bytes = convertNetwork({ name, recipe, input, files, preluForm: "prelu" });
  const sha256 = digestOf(bytes);
  if (sha256 === modelEntry(name).sha256) return undefined;
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, bytes);
  return { path, entry: { ...entry, sha256 } };
}

async function timeInTurns(tasks: readonly (() => Promise<unknown>)[]): Promise<number[][]> {
  const times = tasks.map((): number[] => []);
  for (const task of tasks) for (let i = 0; i < warmupRuns; i++) await task();
  for (let round = 0; round < rounds; round++) {
    for (const [index, task] of tasks.entries()) {
      for (let i = 0; i < runsPerRound; i++) {
        const startMs = systemClock.monotonic();
        await task();
        times[index]!.push(systemClock.monotonic() - startMs);
      }
    }
  }
  return times;
}

function percentile(times: readonly number[] | undefined, share: number): number {
  const sorted = [...(times ?? [])].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
