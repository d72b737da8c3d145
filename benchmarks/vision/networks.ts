import { InferenceSession, Tensor } from "onnxruntime-node";
import { addSpans, measured, noSpan, type Span } from "./span.ts";

/** Nothing but the network runs that a frame took, with the inputs and sessions that it had. */
export interface FrameRuns {
  /** How many. */
  readonly count: number;
  /** Runs them again: all of them, and the fewest that any such frame needs. */
  again(): Promise<{ readonly all: Span; readonly fewest: Span }>;
}

type Feeds = Readonly<Record<string, Tensor>>;
type Run = (this: object, feeds: Feeds, ...rest: readonly unknown[]) => Promise<unknown>;

const sessions = (InferenceSession as unknown as { readonly prototype: { run: Run } }).prototype;

/**
 * Watches which networks `task` runs. The fewest of a frame with `faces` faces are one of the detector,
 * and for each face one of the mesh and one of the embedder: without places that turn out to be no
 * face, and without a second look at any.
 */
export async function recordRuns(faces: number, task: () => Promise<void>): Promise<FrameRuns> {
  const original = sessions.run;
  const runs: { session: object; feeds: Feeds }[] = [];
  sessions.run = async function (feeds, ...rest) {
    runs.push({ session: this, feeds: copyOf(feeds) });
    return await original.call(this, feeds, ...rest);
  };
  try {
    await task();
  } finally {
    sessions.run = original;
  }
  const [detector, mesh, embedder] = [runs[0]?.session, runs[1]?.session, runs.at(-1)?.session];
  const left = new Map([
    [detector, 1],
    ...(faces > 0 ? [[mesh, faces] as const, [embedder, faces] as const] : []),
  ]);
  const needed = runs.map(({ session }) => {
    const count = left.get(session) ?? 0;
    left.set(session, count - 1);
    return count > 0;
  });
  return {
    count: runs.length,
    async again() {
      let [all, fewest] = [noSpan, noSpan];
      for (const [index, { session, feeds }] of runs.entries()) {
        // What the pipeline has just written is in the processor's cache.
        const warm = copyOf(feeds);
        const span = await measured(async () => await original.call(session, warm));
        all = addSpans(all, span);
        if (needed[index]) fewest = addSpans(fewest, span);
      }
      return { all, fewest };
    },
  };
}

function copyOf(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => {
      return [name, new Tensor("float32", Float32Array.from(data as Float32Array), dims)];
    }),
  );
}
