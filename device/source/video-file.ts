import { statSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import type { Log } from "#runtime/log.ts";
import { FfmpegProcess, probeSize, requireFfmpeg } from "./ffmpeg-process.ts";
import type { Frame, FrameSource, SourceState } from "./frame-source.ts";
import { StateBoard } from "./source-state.ts";

const probeMs = 15_000;
/** A file has no clock of its own here: frames are taken to be this far apart. */
const frameMs = 33;

/**
 * A video file, frame by frame, as fast as the reader takes them. A file that breaks off gives the
 * frames before that, and says SOURCE_ENDED_EARLY in the log and in its state.
 */
export class VideoFileSource implements FrameSource {
  readonly kind = "video";
  readonly live = false;
  readonly droppedCount = 0;
  readonly #path: string;
  readonly #ports: { monotonic(): MonotonicMs; log: Log };
  readonly #board = new StateBoard();
  #decoder: FfmpegProcess | undefined;

  /** Throws SOURCE_NOT_FOUND or FFMPEG_MISSING. */
  constructor(path: string, ports: { monotonic(): MonotonicMs; log: Log }) {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new TeburaError("SOURCE_NOT_FOUND", `there is no file at ${path}`);
    }
    requireFfmpeg();
    this.#path = path;
    this.#ports = ports;
  }

  get state(): SourceState {
    return this.#board.state;
  }

  async *frames(signal: AbortSignal): AsyncIterable<Frame> {
    const { monotonic, log } = this.#ports;
    const input = { input: `file:${this.#path}`, options: [] };
    const size = await probeSize(input, probeMs);
    await using decoder = new FfmpegProcess(input, size);
    this.#decoder = decoder;
    let index = 0;
    let start = monotonic();
    for await (const data of decoder.frames(size)) {
      if (signal.aborted) return;
      const decodeMs = monotonic() - start;
      const capturedAt = (index * frameMs) as MonotonicMs;
      yield { image: { ...size, data }, index, capturedAt, decodeMs, scene: 0 };
      index += 1;
      start = monotonic();
    }
    if (decoder.errorCount > 0) {
      log("source.ended-early", { code: "SOURCE_ENDED_EARLY", file: this.#path, frames: index });
      this.#board.set("lost");
    } else this.#board.set("ended");
  }

  onState(listener: (state: SourceState) => void): () => void {
    return this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#decoder?.[Symbol.asyncDispose]();
  }
}
