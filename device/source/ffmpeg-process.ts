import { type ChildProcessByStdio, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { TeburaError } from "#contract/errors.ts";

const run = promisify(execFile);

export interface VideoSize {
  readonly width: number;
  readonly height: number;
}

/** What ffmpeg is to read. `input` is never taken for an option: it follows `-i`. */
export interface FfmpegInput {
  readonly input: string;
  readonly options: readonly string[];
}

/** Pictures wider than this are scaled down: nothing is gained by more pixels on such a box. */
const widthMax = 1_920;

/** Throws FFMPEG_MISSING, with what to do, where there is no ffmpeg on this machine. */
export function requireFfmpeg(): void {
  const { error } = spawnSync("ffmpeg", ["-version"], { stdio: "ignore" });
  if (!error) return;
  throw new TeburaError(
    "FFMPEG_MISSING",
    "video needs ffmpeg, which is not installed; on Debian: apt-get install ffmpeg",
  );
}

/**
 * The size of the first video stream after scaling, asked of ffprobe. Throws SOURCE_NOT_FOUND when
 * there is none: no file, no video in it, or nobody answers.
 */
export async function probeSize(
  { input, options }: FfmpegInput,
  timeoutMs: number,
): Promise<VideoSize> {
  const entries = "stream=width,height:stream_side_data=rotation";
  const args = [
    ...["-v", "error", ...options, "-select_streams", "v:0"],
    ...["-show_entries", entries, "-of", "json", "-i", input],
  ];
  let why = "there is no video in it";
  try {
    const { stdout } = await run("ffprobe", args, { timeout: timeoutMs, maxBuffer: 1_048_576 });
    const size = parseProbe(stdout);
    if (size) return size;
  } catch (cause) {
    const { stderr, killed } = cause as { stderr?: string; killed?: boolean };
    why = killed ? "no answer in time" : (stderr?.trim().split("\n").at(-1)?.slice(0, 200) ?? why);
  }
  throw new TeburaError("SOURCE_NOT_FOUND", `no video can be read from ${input}: ${why}`);
}

function parseProbe(text: string): VideoSize | undefined {
  const { streams } = JSON.parse(text || "{}") as {
    streams?: { width?: number; height?: number; side_data_list?: { rotation?: number }[] }[];
  };
  const stream = streams?.[0];
  if (!stream?.width || !stream.height) return undefined;
  const rotation =
    stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const turned = Math.abs(rotation) % 180 === 90; // ffmpeg turns the picture upright by itself.
  const [width, height] = turned ? [stream.height, stream.width] : [stream.width, stream.height];
  const scale = Math.min(1, widthMax / width);
  const even = (value: number) => Math.max(2, 2 * Math.round((value * scale) / 2));
  return { width: even(width), height: even(height) };
}

/** A running decoder that writes raw RGB frames. */
export class FfmpegProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exited: Promise<unknown>;
  /** The last line of its complaints; may hold a path, never a picture. */
  lastError = "";
  errorCount = 0;

  constructor({ input, options }: FfmpegInput, { width, height }: VideoSize) {
    this.#child = spawn(
      "ffmpeg",
      [
        ...["-nostdin", "-hide_banner", "-v", "error", ...options, "-i", input],
        ...["-map", "0:v:0", "-an", "-sn", "-vf", `scale=${width}:${height}`],
        ...["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child.on("error", () => undefined); // Its end is what matters, and `exited` tells it.
    this.#exited = once(this.#child, "close").catch(() => undefined);
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.errorCount += 1;
      this.lastError = chunk.toString("utf8").trim().split("\n").at(-1)?.slice(0, 200) ?? "";
    });
  }

  /** Raw frames of exactly width × height × 3 bytes, each in a buffer of its own. */
  async *frames({ width, height }: VideoSize): AsyncIterable<Buffer> {
    const frameBytes = width * height * 3;
    let frame = Buffer.allocUnsafe(frameBytes);
    let filled = 0;
    for await (const chunk of this.#child.stdout as AsyncIterable<Buffer>) {
      let at = 0;
      while (at < chunk.length) {
        const taken = Math.min(frameBytes - filled, chunk.length - at);
        chunk.copy(frame, filled, at, at + taken);
        filled += taken;
        at += taken;
        if (filled < frameBytes) continue;
        yield frame;
        frame = Buffer.allocUnsafe(frameBytes);
        filled = 0;
      }
    }
    await this.#exited;
  }

  /** Ends the process for sure, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    this.#child.stdout.destroy();
    await this.#exited;
  }
}
