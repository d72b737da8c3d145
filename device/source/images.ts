import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Frame, FrameSource } from "./frame-source.ts";
import { readImage } from "./read-image.ts";
import { SourceStatus } from "./source-status.ts";

export interface ImageSourcePorts {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
}

/** A source of still images also counts the files that it could not use. */
export interface ImageSource extends FrameSource {
  readonly kind: "images";
  readonly refusedCount: number;
}

type Decoded =
  | { readonly path: string; readonly image: RgbImage; readonly decodeMs: number }
  | { readonly path: string; readonly error: unknown };

const imageName = /\.(jpe?g|png|webp)$/i;

export function isImageName(path: string): boolean {
  return imageName.test(path);
}

/**
 * The images of a folder and of the folders inside it, in the order of their paths, or one image
 * file. In a folder, a file that cannot be used is logged and counted, and the rest goes on; a single
 * file that cannot be used is an error. Throws SOURCE_NOT_FOUND, or SOURCE_EMPTY for a folder without
 * images.
 */
export function openImages(path: string, ports: ImageSourcePorts): ImageSource {
  const single = !isFolder(path);
  const paths = single ? [path] : imagesBelow(path).toSorted();
  if (paths.length === 0) {
    throw new TeburaError(
      "SOURCE_EMPTY",
      `there is no image in ${path}: it should hold files that end in .jpg, .jpeg, .png or .webp`,
    );
  }
  const status = new SourceStatus("streaming");
  let refusedCount = 0;
  const refuse = (file: string, error: unknown) => {
    const code: ErrorCode | undefined = errorCodeOf(error);
    if (single || code === undefined) throw error;
    refusedCount += 1;
    ports.log("source.image-refused", { code, path: file });
  };
  return {
    kind: "images",
    live: false,
    frames: (signal) => imageFrames(paths, ports.clock, { status, refuse }, signal),
    get state() {
      return status.state;
    },
    get droppedCount() {
      return 0;
    },
    get refusedCount() {
      return refusedCount;
    },
    onState: (listener) => status.onState(listener),
    async [Symbol.asyncDispose]() {
      status.set("ended");
    },
  };
}

/** Decodes one image ahead, so that the next file is read while this one is being looked at. */
async function* imageFrames(
  paths: readonly string[],
  clock: ImageSourcePorts["clock"],
  {
    status,
    refuse,
  }: { readonly status: SourceStatus; readonly refuse: (path: string, error: unknown) => void },
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  let index = 0;
  let ahead = decodeAt(paths, 0, clock);
  for (let scene = 0; scene < paths.length && !signal.aborted; scene++) {
    const decoded = await ahead;
    ahead = decodeAt(paths, scene + 1, clock);
    if (!decoded || signal.aborted) break;
    if ("error" in decoded) {
      refuse(decoded.path, decoded.error);
      continue;
    }
    const { image, decodeMs } = decoded;
    yield { image, index: index++, capturedAt: clock.monotonic(), decodeMs, scene };
  }
  status.set("ended");
}

/** Never rejects, because nobody may be waiting when a file that was decoded ahead fails. */
async function decodeAt(
  paths: readonly string[],
  index: number,
  clock: ImageSourcePorts["clock"],
): Promise<Decoded | undefined> {
  const path = paths[index];
  if (path === undefined) return undefined;
  const start = clock.monotonic();
  try {
    const image = await readImage(path);
    return { path, image, decodeMs: clock.monotonic() - start };
  } catch (error) {
    return { path, error };
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
    else if (isImageName(entry.name)) paths.push(path);
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
