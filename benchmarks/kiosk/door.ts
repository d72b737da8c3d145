import type { Browser, Page } from "playwright-core";
import type { MonotonicMs } from "#contract/ids.ts";
import type { KioskLink } from "#device/kiosk/kiosk-link.ts";
import type { Observation } from "#device/vision/vision.ts";
import { systemClock } from "#runtime/clock.ts";
import type { KioskUnderTest } from "#test/support/kiosk-under-test.ts";
import { plainImage } from "#test/support/made-images.ts";
import { watchPage } from "./watch-page.ts";

const never = new AbortController().signal;
export const wait = async (ms: number) => await systemClock.sleep(ms, never);

/** A page of a kiosk on an upright screen, watched from before its first script, once it is connected. */
export async function openPage(browser: Browser, kiosk: KioskUnderTest): Promise<Page> {
  await kiosk.server.start();
  const page = await browser.newPage({ viewport: { width: 1_080, height: 1_920 } });
  await watchPage(page);
  await page.goto(`${kiosk.server.url}/?lang=ja&sound=off`);
  while (kiosk.listeners === 0) await wait(20);
  await wait(1_000);
  return page;
}

/** A box's camera of 1280 × 720: each frame has a face and carries its number in its first pixel. */
export class BoxCamera {
  /** When each frame was handed on. */
  readonly handedAt: number[] = [];
  readonly #link: KioskLink;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(link: KioskLink, framesPerSecond: number) {
    this.#link = link;
    this.#running = this.#run(1_000 / framesPerSecond);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(everyMs: number): Promise<void> {
    const image = plainImage(1_280, 720, 90);
    const box = { x: 500, y: 200, width: 250, height: 300 };
    // The mesh of the face: what lies over mouth and eyes is looked for in every frame.
    const points = Float32Array.from({ length: 478 * 3 }, (_, i) => [625, 350, 0][i % 3]!);
    const landmarks = { points, presence: 1 };
    const face = { box, quality: { reasons: [] }, landmarks } as unknown as Observation;
    while (!this.#stop.signal.aborted) {
      const index = this.handedAt.length;
      image.data.set([index % 256, Math.floor(index / 256)], 0);
      const capturedAt = systemClock.monotonic() as MonotonicMs;
      this.handedAt.push(capturedAt);
      this.#link.faces([face], { image, capturedAt, index, decodeMs: 0, scene: 0 });
      await wait(everyMs);
    }
  }
}
