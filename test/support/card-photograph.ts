import { execFileSync } from "node:child_process";
import { makeFace } from "./made-faces.ts";

/** A made face as a card holds its photograph: grey JPEG 2000. */
export function cardPhotograph(seed: number): Buffer {
  const { width, height, data } = makeFace(seed, { side: 320 });
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-i", "pipe:0"];
  const output = [
    "-frames:v",
    "1",
    "-pix_fmt",
    "gray",
    "-c:v",
    "jpeg2000",
    "-q:v",
    "10",
    "-f",
    "image2pipe",
  ];
  return execFileSync("ffmpeg", ["-v", "error", ...input, ...output, "pipe:1"], {
    input: Buffer.from(data),
    maxBuffer: 1_048_576,
  });
}
