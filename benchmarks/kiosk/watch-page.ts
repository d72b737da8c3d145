import type { Page } from "playwright-core";
import { systemClock } from "#runtime/clock.ts";

/**
 * Runs in the page before its own scripts. What is noted is noted after the frame that shows it: the
 * animation frame is the last moment before a paint, and a message that is posted there is handled
 * after it. Times are of the page's clock, in milliseconds.
 */
const watcher = `(() => {
  const noted = { states: [], pictures: [], own: [], bare: [] };
  globalThis.kioskNoted = noted;
  const afterPaint = (note) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => note(performance.now());
    port2.postMessage(0);
  });
  new MutationObserver(() => afterPaint((at) => noted.states.push(at)))
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (pixels, ...where) {
    putImageData.call(this, pixels, ...where);
    const [low, high] = pixels.data;
    afterPaint((at) => noted.pictures.push([low + 256 * high, at]));
  };
  globalThis.kioskWatchVideo = (video) => {
    const see = (_now, frame) => {
      const seen = frame.expectedDisplayTime - (frame.captureTime ?? Number.NaN);
      noted.own.push(seen);
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
  };
  globalThis.kioskBare = (count) => new Promise((resolve) => {
    const word = document.createElement("p");
    document.body.append(word);
    const next = () => {
      if (noted.bare.length === count) return resolve(noted.bare);
      const begun = performance.now();
      word.textContent = String(begun);
      afterPaint((at) => { noted.bare.push(at - begun); setTimeout(next, 23); });
    };
    next();
  });
})()`;

export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(watcher);
}

export interface Noted {
  readonly states: readonly number[];
  /** Number of the picture, and when it was on the screen. */
  readonly pictures: readonly (readonly [number, number])[];
  /** Of the page's own camera, from the capture to the screen. */
  readonly own: readonly number[];
}

export async function noted(page: Page): Promise<Noted> {
  return (await page.evaluate("kioskNoted")) as Noted;
}

/** How far the page's clock is from this process's, and how wrong that can be: half of the quickest question. */
export async function clockOffset(page: Page): Promise<{ offsetMs: number; errorMs: number }> {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < 60; i++) {
    const before = systemClock.monotonic();
    const theirs = (await page.evaluate("performance.now()")) as number;
    const after = systemClock.monotonic();
    const errorMs = (after - before) / 2;
    if (errorMs < best.errorMs) best = { offsetMs: theirs - (before + after) / 2, errorMs };
  }
  return best;
}

/** What the page's own thread has computed so far, in milliseconds of its processor, whoever else is busy here. */
export async function threadMs(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1_000;
  };
}

export interface Spread {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) /
    10;
  return { count: sorted.length, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
