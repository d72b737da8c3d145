import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { TeburaError } from "#contract/errors.ts";

/** How a decoder ended. `error` is the last thing it said, without addresses. */
export interface ChildEnd {
  readonly code: number | undefined;
  readonly error: string;
}

/** One running ffmpeg. Disposing of it returns only once the process is gone and reaped. */
export interface FfmpegChild extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: Readable;
  readonly ended: Promise<ChildEnd>;
}

const errorCharactersMax = 2_000;
/** A decoder that hangs in the kernel or a network gets so long to end by itself. */
const graceMs = 1_000;

/**
 * Starts ffmpeg without a shell and without standard input. Throws FFMPEG_MISSING where it is not
 * installed. `program` is for tests and for a build that stands elsewhere.
 */
export async function startFfmpeg(
  args: readonly string[],
  program = "ffmpeg",
): Promise<FfmpegChild> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], shell: false });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-errorCharactersMax);
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once("close", (code) =>
      resolve({ code: code ?? undefined, error: withoutSecrets(said) }),
    );
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw missing(cause);
  }
  const pid = child.pid!;
  return {
    pid,
    stdout: child.stdout,
    ended,
    async [Symbol.asyncDispose]() {
      await stop(child, ended);
    },
  };
}

async function stop(child: ChildProcess, ended: Promise<ChildEnd>): Promise<void> {
  // Nobody reads any more; an unread pipe would keep the child waiting and "close" from coming.
  child.stdout?.destroy();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await ended;
    clearTimeout(timer);
  }
  await ended;
}

function missing(cause: unknown): TeburaError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new TeburaError(
    "FFMPEG_MISSING",
    code === "ENOENT"
      ? "ffmpeg is not installed, and video and cameras need it: sudo apt-get install ffmpeg"
      : `ffmpeg cannot be started: ${message}`,
    { cause },
  );
}

/** What ffmpeg says may name a camera's address, and that may hold a password. */
export function withoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, "$1").trim();
}
