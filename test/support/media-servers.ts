import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

export function hasFfmpeg(): boolean {
  return spawnSync("ffmpeg", ["-version"], { stdio: "ignore" }).error === undefined;
}

/** The title of a test that is skipped for want of ffmpeg. */
export function needsFfmpeg(title: string): string {
  return hasFfmpeg() ? title : `${title} (skipped: needs ffmpeg)`;
}

/** Process ids of ffmpeg children of `parent`, zombies included. Linux only; elsewhere none. */
export function livingFfmpegs(parent: number): readonly number[] {
  return processIds().filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [, name, parentPid] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
      return name?.startsWith("ff") === true && Number(parentPid) === parent;
    } catch {
      return false;
    }
  });
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** A network camera: motion JPEG over TCP, which can be cut and can come back on the same port. */
export class MjpegCamera implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #server: Server | undefined;
  #next = 0;
  port = 0;
  /** What it shows, in a circle. A hanging camera shows one picture for ever. */
  pictures: readonly Buffer[];

  constructor(pictures: readonly Buffer[]) {
    this.pictures = pictures;
    this.#timer = setInterval(() => {
      const picture = this.pictures[this.#next++ % this.pictures.length]!;
      for (const socket of this.#sockets) if (socket.writableLength < 1e6) socket.write(picture);
    }, 40);
  }

  async start(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.port ||= await freePort();
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.#server = server;
  }

  /** Pulls the plug. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.cut();
  }
}
