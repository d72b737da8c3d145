import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import type { RgbImage } from "#models/image.ts";
import type { Log } from "#runtime/log.ts";
import type { Frame, FrameSource, SourceState } from "./frame-source.ts";
import { readImage } from "./read-image.ts";
import { StateBoard } from "./source-state.ts";

export { readImage };

export interface ImageSourcePorts {
  monotonic(): MonotonicMs;
  readonly log: Log;
}

type Decoded =
  | { readonly path: string; readonly image: RgbImage; readonly decodeMs: number }
  | { readonly path: string; readonly error: unknown };

/** The names of files that are taken for images. */
export const imageFile = /\.(jpe?g|png|webp)$/i;

/**
 * The images of a folder and of the folders inside it, in the order of their paths, or one image
 * file. In a folder, a file that cannot be used is logged and counted, and the rest goes on; a single
 * file that cannot be used is an error.
 */
export class ImageSource implements FrameSource {
  readonly kind = "images";
  readonly live = false;
  readonly droppedCount = 0;
  readonly #paths: readonly string[];
  readonly #single: boolean;
  readonly #ports: ImageSourcePorts;
  readonly #board = new StateBoard();
  /** Files that could not be used. */
  refusedCount = 0;

  /** Throws SOURCE_NOT_FOUND, or SOURCE_EMPTY for a folder without images. */
  constructor(path: string, ports: ImageSourcePorts) {
    this.#single = !isFolder(path);
    this.#paths = this.#single ? [path] : imagesBelow(path).toSorted();
    this.#ports = ports;
    if (this.#paths.length > 0) return;
    throw new TeburaError(
      "SOURCE_EMPTY",
      `there is no image in ${path}: it should hold files that end in .jpg, .jpeg, .png or .webp`,
    );
  }

  get state(): SourceState {
    return this.#board.state;
  }

  /** Decodes one image ahead, so that the next file is read while this one is being looked at. */
  async *frames(signal: AbortSignal): AsyncIterable<Frame> {
    let index = 0;
    let ahead = this.#decode(0);
    for (let scene = 0; scene < this.#paths.length && !signal.aborted; scene++) {
      const decoded = await ahead;
      ahead = this.#decode(scene + 1);
      if (!decoded || signal.aborted) break;
      if ("error" in decoded) {
        this.#refuse(decoded.path, decoded.error);
        continue;
      }
      const { image, decodeMs } = decoded;
      yield { image, index: index++, capturedAt: this.#ports.monotonic(), decodeMs, scene };
    }
    this.#board.set("ended");
  }

  onState(listener: (state: SourceState) => void): () => void {
    return this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#board.set("ended");
  }

  /** Never rejects, because nobody may be waiting when a file that was decoded ahead fails. */
  async #decode(index: number): Promise<Decoded | undefined> {
    const path = this.#paths[index];
    if (path === undefined) return undefined;
    const start = this.#ports.monotonic();
    try {
      const image = await readImage(path);
      return { path, image, decodeMs: this.#ports.monotonic() - start };
    } catch (error) {
      return { path, error };
    }
  }

  #refuse(path: string, error: unknown): void {
    const code = errorCodeOf(error);
    if (this.#single || code === undefined) throw error;
    this.refusedCount += 1;
    this.#ports.log("source.image-refused", { code, path });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new TeburaError("SOURCE_NOT_FOUND", `there is no file or folder at ${path}`, { cause });
  }
}

/** Links to folders are not followed: they could lead round in a circle. */
function imagesBelow(folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...imagesBelow(path));
    else if (imageFile.test(entry.name)) paths.push(path);
  }
  return paths;
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read the folder ${folder}: ${why}`, {
      cause,
    });
  }
}
