import type { MonotonicMs } from "#contract/ids.ts";
import type { Frame, FrameSource } from "#device/source/frame-source.ts";
import type { RgbImage } from "#models/image.ts";
import type { Clock } from "#runtime/clock.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople, movingViews } from "#test/support/made-images.ts";

/** Frames a second of the made camera. */
const framesPerSecond = 15;
const framesOfPerson = 24;
const frameMs = 1_000 / framesPerSecond;

/** A made video: people who come to the door one after the other, each a little nearer in each frame. */
export function passersBy(count: number): readonly RgbImage[] {
  const people = Array.from({ length: count }, (_, i) => madePeople[i % madePeople.length]!);
  const drawn = new Map<number, readonly RgbImage[]>();
  for (const seed of new Set(people)) {
    const views = movingViews(framesOfPerson).map((view, i) => ({
      ...{ ...view, side: 480 },
      size: 0.16 + (0.1 * i) / framesOfPerson,
    }));
    drawn.set(
      seed,
      views.map((view) => makeFace(seed, view)),
    );
  }
  return people.flatMap((seed) => drawn.get(seed)!);
}

/** Whose turn it is in a frame. */
export const passerOf = (index: number): number => Math.floor(index / framesOfPerson);

/**
 * The video as a camera gives it: each frame when it is due, the newest one only, so that whoever is slow
 * drops frames as a door would.
 */
export function pacedCamera(
  images: readonly RgbImage[],
  clock: Clock,
): FrameSource & { dropped: number } {
  return {
    ...{ kind: "camera", live: true, state: "streaming", droppedCount: 0, dropped: 0 },
    onState: () => () => {},
    async *frames(signal: AbortSignal): AsyncIterable<Frame> {
      const start = clock.monotonic();
      for (let next = 0; next < images.length; next++) {
        const due = start + next * frameMs;
        await clock.sleep(Math.max(0, due - clock.monotonic()), signal);
        const newest = Math.min(
          images.length - 1,
          Math.floor((clock.monotonic() - start) / frameMs),
        );
        this.dropped += Math.max(0, newest - next);
        next = Math.max(next, newest);
        const capturedAt = (start + next * frameMs) as MonotonicMs;
        yield { image: images[next]!, index: next, capturedAt, decodeMs: 0, scene: passerOf(next) };
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}
