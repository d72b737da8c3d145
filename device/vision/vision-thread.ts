import { parentPort, workerData } from "node:worker_threads";
import { errorCodeOf } from "#contract/errors.ts";
import type { PreparationProgress } from "#models/store.ts";
import { systemClock } from "#runtime/clock.ts";
import type { SharedPicture } from "./shared-pictures.ts";
import { createVision, type Vision } from "./vision.ts";
import type {
  PlainError,
  VisionAnswer,
  VisionReply,
  VisionRequest,
  VisionTask,
  VisionThreadOptions,
} from "./vision-protocol.ts";

/** The networks' own thread: `ThreadLink` starts it and speaks to it. */
async function serve(options: VisionThreadOptions): Promise<void> {
  const monotonic = () => systemClock.monotonic();
  const onProgress = (progress: PreparationProgress) => reply({ kind: "progress", progress });
  const vision = await createVision(monotonic, { ...options, onProgress }).catch((error) =>
    reply({ kind: "failed", error: plain(error) }),
  );
  if (!vision) return;
  const buffers: Uint8Array[] = [];
  parentPort?.on("message", (request: VisionRequest) => {
    if (request.kind === "buffer") buffers[request.slot] = request.pixels;
    else if (request.kind === "task") void answer(request.id, run(vision, buffers, request.task));
    else void vision[Symbol.asyncDispose]().then(() => parentPort?.close());
  });
  const { model, dimensions, calibration, leads } = vision;
  reply({ kind: "opened", about: { model, dimensions, calibration, leads } });
}

async function answer(id: number, task: Promise<VisionAnswer>): Promise<void> {
  try {
    const found = await task;
    // A template goes over as it is: no second copy of it stays behind.
    const own = found instanceof Float32Array ? [found.buffer as ArrayBuffer] : [];
    reply({ kind: "done", id, answer: found }, own);
  } catch (error) {
    reply({ kind: "refused", id, error: plain(error) });
  }
}

function reply(message: VisionReply, own: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, own);
}

async function run(
  vision: Vision,
  buffers: readonly Uint8Array[],
  task: VisionTask,
): Promise<VisionAnswer> {
  const image = pictureIn(buffers, task.picture);
  switch (task.kind) {
    case "detect":
      return await vision.detect(image);
    case "follow":
      return await vision.follow(image, task.before);
    case "describe":
      return await vision.describe(image, task.face, task.turn);
    case "score-spoof":
      return await vision.scoreSpoof(image, task.face);
    default:
      return task satisfies never;
  }
}

function pictureIn(buffers: readonly Uint8Array[], { slot, width, height }: SharedPicture) {
  return { width, height, data: buffers[slot]!.subarray(0, width * height * 3) };
}

function plain(error: unknown): PlainError {
  const message = error instanceof Error ? error.message : String(error);
  return { code: errorCodeOf(error), message };
}

await serve(workerData.options as VisionThreadOptions);
