import { errorCodeOf } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import { LatestSlot } from "#runtime/latest-slot.ts";
import type { Log } from "#runtime/log.ts";
import { type FfmpegInput, FfmpegProcess, requireFfmpeg } from "./ffmpeg-process.ts";
import type { Frame, FrameSource, SourceState } from "./frame-source.ts";
import { PictureWatch } from "./picture-watch.ts";
import { StateBoard } from "./source-state.ts";

export interface CameraPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  random(): number;
}

const retryMsMin = 500;
const retryMsMax = 30_000;
/** A decoder that gives no frame for so long is started anew. */
const stalledMs = 15_000;

/**
 * A camera (V4L2 device, or a stream over the network) through a supervised ffmpeg. The newest frame wins. When it
 * goes away it is tried again with growing waits, for ever; every change of state is told.
 */
export class CameraSource implements FrameSource {
  readonly kind = "camera";
  readonly live = true;
  readonly #input: FfmpegInput;
  readonly #ports: CameraPorts;
  readonly #board = new StateBoard();
  readonly #slot = new LatestSlot<Frame>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #index = 0;

  /** Throws FFMPEG_MISSING. A camera that is away is not an error: it may come. */
  constructor(input: FfmpegInput, ports: CameraPorts) {
    requireFfmpeg();
    this.#input = input;
    this.#ports = ports;
  }

  get state(): SourceState {
    return this.#board.state;
  }

  get droppedCount(): number {
    return this.#slot.droppedCount;
  }

  async *frames(signal: AbortSignal): AsyncIterable<Frame> {
    const stop = () => this.#stop.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    this.#running ??= this.#supervise();
    try {
      for (;;) {
        const frame = await this.#slot.next();
        if (!frame || signal.aborted) return;
        yield frame;
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  onState(listener: (state: SourceState) => void): () => void {
    return this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#slot.close();
    await this.#running;
  }

  async #supervise(): Promise<void> {
    const { clock, log, random } = this.#ports;
    let waitMs = retryMsMin;
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      const before = this.#index;
      try {
        await this.#stream();
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        log("source.failed", { code: errorCodeOf(error) ?? "SOURCE_LOST", attempt });
      }
      if (this.#stop.signal.aborted) break;
      this.#board.set("lost");
      if (this.#index > before) waitMs = retryMsMin; // It had come back: begin with short waits again.
      log("source.retry", { attempt, waitMs });
      await clock.sleep(waitMs * (0.75 + random() / 2), this.#stop.signal).catch(() => undefined);
      waitMs = Math.min(retryMsMax, waitMs * 2);
    }
    this.#slot.close();
  }

  /** One life of the decoder. Returns when the camera is gone. */
  async #stream(): Promise<void> {
    const { clock } = this.#ports;
    await using decoder = new FfmpegProcess(this.#input);
    const kill = () => void decoder[Symbol.asyncDispose]();
    this.#stop.signal.addEventListener("abort", kill, { once: true });
    const watch = new PictureWatch();
    let lastAt: MonotonicMs = clock.monotonic();
    const stalled = setInterval(() => {
      if (clock.monotonic() - lastAt > stalledMs) kill();
    }, 1_000);
    try {
      for await (const image of decoder.frames()) {
        const capturedAt = clock.monotonic();
        const decodeMs = capturedAt - lastAt;
        lastAt = capturedAt;
        this.#board.set(watch.judge(image, capturedAt));
        this.#slot.put({ image, index: this.#index++, capturedAt, decodeMs, scene: 0 });
      }
    } finally {
      clearInterval(stalled);
      this.#stop.signal.removeEventListener("abort", kill);
    }
  }
}
