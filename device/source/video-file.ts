import { statSync } from "node:fs";
import { resolve } from "node:path";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import type { Log } from "#runtime/log.ts";
import {
  type FfmpegInput,
  FfmpegProcess,
  framesPromised,
  requireFfmpeg,
} from "./ffmpeg-process.ts";
import type { Frame, FrameSource, SourceState } from "./frame-source.ts";
import { StateBoard } from "./source-state.ts";

const probeMs = 15_000;
/** A file has no clock of its own here: frames are taken to be this far apart. */
const frameMs = 33;
/** Fewer frames than this share of what the file promises, with complaints, is an early end. */
const completeShare = 0.95;

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
    // An absolute path after "file:" is neither an option nor another protocol, whatever its name,
    // and a playlist inside the file cannot reach the network.
    const options = ["-protocol_whitelist", "file"];
    const input = { input: `file:${resolve(this.#path)}`, options };
    const promised = await this.#promised(input, signal);
    if (signal.aborted) return;
    await using decoder = new FfmpegProcess(input);
    this.#decoder = decoder;
    let index = 0;
    let start = monotonic();
    for await (const image of decoder.frames()) {
      if (signal.aborted) return;
      const decodeMs = monotonic() - start;
      const capturedAt = (index * frameMs) as MonotonicMs;
      yield { image, index, capturedAt, decodeMs, scene: 0 };
      index += 1;
      start = monotonic();
    }
    // A damaged picture in the middle is no early end: the frames after it are there.
    const missing = decoder.errorCount > 0 && index < promised * completeShare;
    if (signal.aborted) return;
    if (decoder.brokeOff || missing) {
      log("source.ended-early", { code: "SOURCE_ENDED_EARLY", file: this.#path, frames: index });
      this.#board.set("lost");
    } else this.#board.set("ended");
  }

  async #promised(input: FfmpegInput, signal: AbortSignal): Promise<number> {
    try {
      return (await framesPromised(input, probeMs, signal)) ?? 0;
    } catch (error) {
      if (errorCodeOf(error) === "STOPPED") return 0;
      throw error;
    }
  }

  onState(listener: (state: SourceState) => void): () => void {
    return this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#decoder?.[Symbol.asyncDispose]();
  }
}
