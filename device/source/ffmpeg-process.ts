import { type ChildProcessByStdio, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import { PpmReader } from "./ppm-reader.ts";

const run = promisify(execFile);

/** What ffmpeg is to read. `input` is never taken for an option: it follows `-i`. */
export interface FfmpegInput {
  readonly input: string;
  readonly options: readonly string[];
}

/** Larger pictures are scaled down: nothing is gained by more pixels on such a box. */
const sidePxMax = 1_920;
const fit =
  `scale=w='min(${sidePxMax},iw)':h='min(${sidePxMax},ih)'` +
  ":force_original_aspect_ratio=decrease";

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
 * How many frames a video file promises, asked of ffprobe; undefined where its format does not say.
 * Throws SOURCE_NOT_FOUND when there is no video in it, STOPPED on `signal`.
 */
export async function framesPromised(
  { input, options }: FfmpegInput,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const entries = "stream=width,nb_frames,avg_frame_rate:format=duration";
  const args = [
    ...["-v", "error", ...options, "-select_streams", "v:0"],
    ...["-show_entries", entries, "-of", "json", "-i", input],
  ];
  let why = "there is no video in it";
  try {
    const { stdout } = await run("ffprobe", args, {
      timeout: timeoutMs,
      maxBuffer: 1_048_576,
      signal,
    });
    const answer = JSON.parse(stdout || "{}") as ProbeAnswer;
    if (answer.streams?.[0]?.width) return promiseOf(answer);
  } catch (cause) {
    if (signal.aborted) throw new TeburaError("STOPPED", "stopped while a video was being opened");
    const { stderr, killed } = cause as { stderr?: string; killed?: boolean };
    why = killed ? "no answer in time" : (stderr?.trim().split("\n").at(-1)?.slice(0, 200) ?? why);
  }
  throw new TeburaError(
    "SOURCE_NOT_FOUND",
    withoutSecrets(`no video can be read from ${input}: ${why}`),
  );
}

interface ProbeAnswer {
  readonly streams?: readonly {
    readonly width?: number;
    readonly nb_frames?: string;
    readonly avg_frame_rate?: string;
  }[];
  readonly format?: { readonly duration?: string };
}

function promiseOf({ streams, format }: ProbeAnswer): number | undefined {
  const stream = streams?.[0];
  const [frames = 0, seconds = 1] = (stream?.avg_frame_rate ?? "0/1").split("/").map(Number);
  const fromTime = Math.floor(Number(format?.duration) * (frames / seconds));
  const count = Number(stream?.nb_frames) || fromTime;
  return count > 0 ? count : undefined;
}

/** A camera's address may hold a password, and what ffmpeg says may hold the address. */
function withoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, "$1");
}

/**
 * A running decoder. It writes its pictures as PPM, which says the size of each: nothing has to be
 * asked beforehand, so a camera is opened only once, and one that changes its size is followed.
 */
export class FfmpegProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exited: Promise<unknown>;
  /** The last line of its complaints; may hold a path, never a picture. */
  lastError = "";
  errorCount = 0;
  /** True once it complained that the input breaks off, or failed altogether. */
  brokeOff = false;

  constructor({ input, options }: FfmpegInput) {
    this.#child = spawn(
      "ffmpeg",
      [
        ...["-nostdin", "-hide_banner", "-v", "error", ...options, "-i", input],
        ...["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", fit, "-fps_mode", "passthrough"],
        ...["-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "-flush_packets", "1"],
        "pipe:1",
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child.on("error", () => undefined); // Its end is what matters, and `exited` tells it.
    this.#exited = once(this.#child, "close").catch(() => undefined);
    this.#child.once("exit", (code) => {
      if (code !== 0 && code !== null) this.brokeOff = true;
    });
    this.#child.stderr.on("data", (chunk: Buffer) => {
      const text = withoutSecrets(chunk.toString("utf8").trim());
      this.errorCount += 1;
      this.lastError = text.split("\n").at(-1)?.slice(0, 200) ?? "";
      if (/partial file|ended prematurely/i.test(text)) this.brokeOff = true;
    });
  }

  /** The pictures, each in memory of its own. Throws IMAGE_TOO_LARGE or IMAGE_UNREADABLE. */
  async *frames(): AsyncIterable<RgbImage> {
    const reader = new PpmReader(sidePxMax);
    for await (const chunk of this.#child.stdout as AsyncIterable<Buffer>) {
      yield* reader.read(chunk);
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
