import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type ModelName, modelEntry } from "./manifest.ts";
import { openSession, type PreparedModel } from "./session.ts";
import { defaultModelsDir, type PreparationProgress, prepareModels } from "./store.ts";

/** How long the networks of one face took with so many threads. */
export interface ThreadTiming {
  readonly threads: number;
  readonly ms: number;
}

export interface ThreadChoice {
  readonly threads: number;
  readonly timings: readonly ThreadTiming[];
  /** True when it was measured now, false when it was known from an earlier start. */
  readonly isNew: boolean;
}

export interface ThreadOptions {
  readonly cacheDir?: string;
  readonly monotonic: () => number;
  /** Told while networks are converted, which the very first start needs. */
  readonly onProgress?: (progress: PreparationProgress) => void;
  /** This machine unless told. */
  readonly machine?: string;
  readonly cores?: number;
  /** Measures the networks themselves unless told. */
  readonly measure?: (threads: number) => Promise<number>;
}

/** More threads have to pay: each step to more must take off at least this share of the time. */
const gainMin = 0.15;
const candidates = [1, 2, 4] as const;
const file = "threads.json";

const choiceSchema = z.strictObject({
  v: z.literal(1),
  machine: z.string(),
  threads: z.int().min(1).max(64),
  timings: z.array(z.strictObject({ threads: z.int().min(1), ms: z.number().min(0) })),
});

/**
 * How many threads a run of a network should have on this machine: measured at the first start, kept
 * beside the models, and measured anew where the processor, its number of cores or a network has
 * changed. A file that cannot be read or written costs a measurement, no start.
 */
export async function chooseThreads(options: ThreadOptions): Promise<ThreadChoice> {
  const { cacheDir = defaultModelsDir() } = options;
  const machine = options.machine ?? thisMachine();
  const path = join(cacheDir, file);
  const known = await readChoice(path);
  if (known?.machine === machine) {
    return { threads: known.threads, timings: known.timings, isNew: false };
  }
  const measure = options.measure ?? ((threads) => timeNetworks(options, cacheDir, threads));
  const timings: ThreadTiming[] = [];
  let chosen: ThreadTiming | undefined;
  for (const threads of candidates) {
    if (threads > (options.cores ?? availableParallelism())) break;
    const timing = { threads, ms: await measure(threads) };
    timings.push(timing);
    if (!chosen || timing.ms < chosen.ms * (1 - gainMin)) chosen = timing;
    else break; // What two threads do not gain, four will not.
  }
  const threads = chosen?.threads ?? 1;
  await writeChoice(cacheDir, path, { v: 1, machine, threads, timings });
  return { threads, timings, isNew: true };
}

const networks: readonly ModelName[] = ["blazeface", "facemesh", "dlib-resnet-int8"];

function thisMachine(): string {
  const [first] = cpus();
  const digests = networks.map((name) => modelEntry(name).sha256.slice(0, 8));
  return [arch(), first?.model ?? "", availableParallelism(), ...digests].join(" ");
}

async function readChoice(path: string) {
  try {
    return choiceSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined; // Missing or damaged: measured again.
  }
}

async function writeChoice(
  cacheDir: string,
  path: string,
  choice: z.infer<typeof choiceSchema>,
): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(cacheDir, { recursive: true });
    await writeFile(part, `${JSON.stringify(choice)}\n`);
    await rename(part, path);
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

const warmupRuns = 3;
const runs = 15;

/** The least time of one run of each network that a face goes through: others on the machine only add to it. */
async function timeNetworks(
  { monotonic, onProgress }: ThreadOptions,
  cacheDir: string,
  threads: number,
): Promise<number> {
  const progress = onProgress ? { onProgress } : {};
  const prepared = await prepareModels({ names: networks, cacheDir, ...progress });
  const sides = {
    blazeface: [160, 256],
    facemesh: [192, 192],
    "dlib-resnet-int8": [150, 150],
  } as const;
  const times: number[] = [];
  const opened = await Promise.all(
    networks.map((name) => openSession(prepared.get(name) as PreparedModel, { threads })),
  );
  try {
    const inputs = networks.map((name) => {
      const [rows, columns] = sides[name as keyof typeof sides];
      const dims = [1, 3, rows, columns];
      return { dims, data: new Float32Array(3 * rows * columns).fill(0.1) };
    });
    for (let run = 0; run < warmupRuns + runs; run++) {
      const start = monotonic();
      for (const [i, session] of opened.entries()) {
        await session.run(inputs[i]!.data, inputs[i]!.dims);
      }
      if (run >= warmupRuns) times.push(monotonic() - start);
    }
  } finally {
    for (const session of opened) await session[Symbol.asyncDispose]();
  }
  return Math.min(...times);
}
