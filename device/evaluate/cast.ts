import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import { eyeCentres } from "#models/networks/mesh.ts";
import type { Vision } from "../vision/vision.ts";
import { middleFace, personOf } from "./face-set.ts";
import type { Portrait } from "./track-video.ts";
import type { Cast } from "./tracks.ts";

export interface CastPorts {
  readonly vision: Pick<Vision, "detect">;
  readImage(path: string): Promise<RgbImage>;
}

/** Two photographs show a person who comes back as the camera would: not quite the same. */
const photographsMax = 2;

/** Up to `peopleMax` people of a folder who have two photographs with a usable face, evenly chosen. */
export async function castFrom(
  dir: string,
  names: readonly string[],
  peopleMax: number,
  { vision, readImage }: CastPorts,
): Promise<Cast> {
  const byPerson = new Map<string, string[]>();
  for (const name of names) {
    byPerson.set(personOf(name), [...(byPerson.get(personOf(name)) ?? []), name]);
  }
  const able = [...byPerson.values()].filter(({ length }) => length >= photographsMax);
  const count = Math.min(able.length, peopleMax);
  const cast: Portrait[][] = [];
  for (let i = 0; i < count; i++) {
    const own = able[Math.floor((i * able.length) / count)]!;
    const portraits: Portrait[] = [];
    for (const name of own.slice(0, photographsMax)) {
      const image = await readImage(`${dir}/${name}`);
      const face = middleFace((await vision.detect(image)).faces, image);
      if (face) portraits.push({ image, eyes: eyeCentres(face.landmarks) });
    }
    if (portraits.length === photographsMax) cast.push(portraits);
  }
  if (cast.length > 0) return cast;
  throw new TeburaError("SOURCE_EMPTY", `nobody below ${dir} has two photographs with a face`);
}
