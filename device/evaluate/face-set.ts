import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import type { Observation, Vision } from "../vision/vision.ts";

/** Photographs, each described once; row i of `templates` belongs to names[i]. */
export interface FaceSet {
  readonly names: readonly string[];
  /** Who is on each photograph: the name of its folder. */
  readonly people: readonly string[];
  readonly dimensions: number;
  /** Unit vectors, one after another. A row of zeros is a photograph without a face. */
  readonly templates: Float32Array;
  /** Photographs in which no face was found. */
  readonly missed: readonly string[];
  readonly model: string;
  /** Mean time of detection, mesh and description, without decoding. */
  readonly secondsPerFace: number;
}

export interface FaceSetPorts {
  readonly vision: Pick<Vision, "detect" | "describe" | "model" | "dimensions">;
  readImage(path: string): Promise<RgbImage>;
  monotonic(): number;
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

const imageFile = /\.(jpe?g|png|webp)$/i;

/** Names of the images below a folder, with "/" between folders, sorted. Throws SOURCE_EMPTY. */
export async function imageNames(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw new TeburaError("SOURCE_NOT_FOUND", `there is no folder ${dir}`, { cause });
  });
  const names = entries.filter((name) => imageFile.test(name)).map((n) => n.replaceAll(sep, "/"));
  if (names.length === 0) throw new TeburaError("SOURCE_EMPTY", `there is no image below ${dir}`);
  return names.toSorted();
}

/** The folder that an image lies in is the person that it shows. */
export function personOf(name: string): string {
  return name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : name;
}

/**
 * Describes every photograph with the very functions that the door uses. `onFace` may look at each face
 * too; its time counts like the rest.
 */
export async function describeFaceSet(
  dir: string,
  names: readonly string[],
  ports: FaceSetPorts,
  onFace?: (row: number, image: RgbImage, face: Observation) => Promise<void>,
): Promise<FaceSet> {
  const { vision, signal } = ports;
  const templates = new Float32Array(names.length * vision.dimensions);
  const missed: string[] = [];
  let spentMs = 0;
  let ahead = ports.readImage(join(dir, names[0] ?? ""));
  for (const [row, name] of names.entries()) {
    signal.throwIfAborted();
    const image = await ahead;
    const next = names[row + 1];
    if (next !== undefined) {
      ahead = ports.readImage(join(dir, next));
      ahead.catch(() => {}); // Awaited in the next round, where a failure is thrown.
    }
    const start = ports.monotonic();
    const face = middleFace((await vision.detect(image)).faces, image);
    if (face) {
      const template = await vision.describe(image, face);
      templates.set(template, row * vision.dimensions);
      template.fill(0);
      await onFace?.(row, image, face);
    } else missed.push(name);
    spentMs += ports.monotonic() - start;
    ports.onProgress(row + 1, names.length);
  }
  return {
    names,
    people: names.map(personOf),
    dimensions: vision.dimensions,
    templates,
    missed,
    model: vision.model,
    secondsPerFace: spentMs / 1_000 / Math.max(1, names.length - missed.length),
  };
}

/** Test sets centre a picture on its subject; others in the background are not meant. */
export function middleFace(
  faces: readonly Observation[],
  { width, height }: RgbImage,
): Observation | undefined {
  const away = ({ box }: Observation) =>
    Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2) /
    Math.sqrt(box.width * box.height);
  return faces.toSorted((a, b) => away(a) - away(b))[0];
}
