import { spawn } from "node:child_process";
import { once } from "node:events";
import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import { requireFfmpeg } from "./ffmpeg-process.ts";
import { PpmReader } from "./ppm-reader.ts";

const sidePxMax = 1_920;
const decodeMsMax = 5_000;

/**
 * Decodes the JPEG 2000 photograph of a card, which goes to the decoder and comes back through pipes only:
 * no file of it is ever made. The image is the caller's to wipe. Throws FFMPEG_MISSING and IMAGE_UNREADABLE.
 */
export async function decodeCardPhotograph(bytes: Uint8Array): Promise<RgbImage> {
  requireFfmpeg();
  const child = spawn(
    "ffmpeg",
    [
      ...["-hide_banner", "-v", "error", "-f", "image2pipe", "-c:v", "jpeg2000", "-i", "pipe:0"],
      ...["-frames:v", "1", "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"],
    ],
    { stdio: ["pipe", "pipe", "ignore"], timeout: decodeMsMax, killSignal: "SIGKILL" },
  );
  child.on("error", () => undefined); // Its end is what matters.
  child.stdin.on("error", () => undefined);
  const closed = once(child, "close");
  child.stdin.end(bytes);
  const reader = new PpmReader(sidePxMax);
  let image: RgbImage | undefined;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    for (const whole of reader.read(chunk)) image ??= whole;
    chunk.fill(0);
  }
  await closed;
  if (image) return image;
  throw new TeburaError("IMAGE_UNREADABLE", "the card's photograph cannot be read");
}
