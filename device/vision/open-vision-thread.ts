import { ThreadLink } from "./thread-link.ts";
import type { Vision, VisionOptions } from "./vision.ts";

/**
 * Opens the networks on a thread of their own, so that the kiosk, the card and the gateway's link are
 * answered while a network runs. The same as `createVision` otherwise, and throws the same.
 */
export async function openVisionThread(options: VisionOptions = {}): Promise<Vision> {
  const { onProgress, ...plain } = options;
  const link = new ThreadLink(plain);
  const about = await link.opened((progress) => onProgress?.(progress));
  return {
    ...about,
    detect: (image) => link.ask(image, true, (picture) => ({ kind: "detect", picture })),
    follow: (image, before) =>
      link.ask(image, true, (picture) => ({ kind: "follow", picture, before })),
    describe: (image, face, turn) =>
      link.ask(image, false, (picture) => ({ kind: "describe", picture, face, turn })),
    scoreSpoof: (image, face) =>
      link.ask(image, false, (picture) => ({ kind: "score-spoof", picture, face })),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}
