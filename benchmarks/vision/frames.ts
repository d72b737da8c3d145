import { join } from "node:path";
import { imageNames, middleFace } from "#device/evaluate/face-set.ts";
import { pasteFace, sceneFrom } from "#device/evaluate/paste.ts";
import { readImage } from "#device/source/read-image.ts";
import type { Vision } from "#device/vision/vision.ts";
import type { RgbImage } from "#models/image.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import { sharedPath } from "#test/support/shared.ts";

const eyeDistancePx = 45;

/** Frames of 1280×720 with this many faces; undefined where the photographs are missing. */
export async function framesWith(
  faces: number,
  count: number,
  vision: Pick<Vision, "detect">,
): Promise<readonly RgbImage[] | undefined> {
  const [images, scenes] = [sharedPath("faces/lfw/images"), sharedPath("faces/scenes")];
  if (!images || !scenes) return undefined;
  const backdrop = await readImage(join(scenes, (await imageNames(scenes))[0]!));
  const names = await imageNames(images);
  const frames: RgbImage[] = [];
  for (let index = 0; frames.length < count; index++) {
    const scene = sceneFrom(backdrop, index);
    for (let i = 0; i < faces; i++) {
      const photograph = await readImage(
        join(images, names[(index * 97 + i * 31) % names.length]!),
      );
      const face = middleFace((await vision.detect(photograph)).faces, photograph);
      if (face)
        pasteFace(scene, photograph, eyeCentres(face.landmarks), eyeDistancePx, i * 13 + index);
    }
    // Faces that were laid over one another are fewer; such a frame is not what was asked for.
    if ((await vision.detect(scene)).faces.length === faces) frames.push(scene);
    if (index > count * 30) return undefined;
  }
  return frames;
}
