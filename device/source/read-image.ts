import { readFile, stat } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { TeburaError } from "#contract/errors.ts";
import { limits } from "#contract/limits.ts";
import type { RgbImage } from "#models/image.ts";

/**
 * Reads one image file as RGB, turned upright as its EXIF orientation says; of an animation only the
 * first picture. Throws SOURCE_NOT_FOUND, IMAGE_TOO_LARGE (in bytes or pixels) or IMAGE_UNREADABLE.
 */
export async function readImage(path: string): Promise<RgbImage> {
  return await decodeImage(await readBounded(path), path);
}

/** Decodes an image from memory, of `sidePxMax` pixels a side at most. `where` names it in an error. */
export async function decodeImage(
  bytes: Uint8Array,
  where: string,
  sidePxMax: number = limits.frameSidePxMax,
): Promise<RgbImage> {
  try {
    // Damage that loses picture is an error; a harmless oddity in a header is not.
    const image = sharp(bytes, { failOn: "error", pages: 1, limitInputPixels: sidePxMax ** 2 });
    const { width, height } = await image.metadata();
    if (width > sidePxMax || height > sidePxMax)
      throw tooLarge(where, `${width} × ${height} pixels`);
    return await toRgb(image);
  } catch (cause) {
    if (cause instanceof TeburaError) throw cause;
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    if (/pixel limit|too large/i.test(why)) throw tooLarge(where, "too many pixels");
    throw new TeburaError("IMAGE_UNREADABLE", `${where} cannot be read as an image: ${why}`, {
      cause,
    });
  }
}

async function toRgb(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image
    .autoOrient()
    .flatten({ background: "#808080" })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3) return { width, height, data };
  const rgb = new Uint8Array(width * height * 3);
  // A grey picture, perhaps with alpha: its first channel is the brightness.
  for (let i = 0; i < width * height; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3);
  return { width, height, data: rgb };
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const file = await stat(path);
    if (!file.isFile()) throw new TeburaError("IMAGE_UNREADABLE", `${path} is not a file`);
    if (file.size > limits.imageFileBytesMax) throw tooLarge(path, `${file.size} bytes`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof TeburaError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new TeburaError("SOURCE_NOT_FOUND", `there is no image at ${path}`, { cause })
      : new TeburaError("IMAGE_UNREADABLE", `${path} cannot be read: ${message}`, { cause });
  }
}

function tooLarge(where: string, size: string): TeburaError {
  return new TeburaError(
    "IMAGE_TOO_LARGE",
    `${where} has ${size}; at most ${limits.frameSidePxMax} pixels a side and ` +
      `${limits.imageFileBytesMax / 1_048_576} MiB are read, so make it smaller`,
  );
}
