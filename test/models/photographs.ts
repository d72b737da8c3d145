import { join } from "node:path";
import sharp from "sharp";
import type { ModelEntry } from "#models/manifest.ts";
import { sharedPath } from "../support/shared.ts";
import { imageFromPixels, type TestImage } from "./test-images.ts";

const photographs = [
  "faces/lfw/images/Eric_Daze/Eric_Daze_0001.jpg",
  "faces/lfw/images/Tanya_Holyk/Tanya_Holyk_0001.jpg",
];

/** The middle of public photographs in the size of a network; none where they are missing. */
export async function photographsFor(entry: ModelEntry): Promise<readonly TestImage[]> {
  const [, , height, width] = entry.input.dims;
  const folder = sharedPath("faces/lfw/images");
  if (!folder) return [];
  return Promise.all(
    photographs.map(async (photograph) => {
      const path = join(folder, "../../..", photograph);
      const pixels = await sharp(path)
        .extract({ left: 55, top: 55, width: 140, height: 140 })
        .resize(width, height)
        .removeAlpha()
        .raw()
        .toBuffer();
      return imageFromPixels(entry, new Uint8Array(pixels));
    }),
  );
}
