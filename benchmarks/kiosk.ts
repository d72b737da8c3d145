import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { systemClock } from "#runtime/clock.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { KioskUnderTest } from "#test/support/kiosk-under-test.ts";
import { movingViews, writeCameraFile } from "#test/support/made-images.ts";
import { BoxCamera, openPage, wait } from "./kiosk/door.ts";
import { clockOffset, noted, type Spread, spreadOf, threadMs } from "./kiosk/watch-page.ts";

const decisions = 400;
const framesPerSecond = 15;
const bareCount = 100;
const framesAloneMs = 5_000;

interface Result {
  /** From the moment that the box decides to the paint that shows it, with pictures and faces coming in. */
  readonly decisionToPainted: Spread;
  readonly clockErrorMs: number;
  /** Of the page's thread for each decision, with the frames and faces between two of them. */
  readonly pageThreadMsPerDecision: number;
  /** The same for each frame with faces alone. */
  readonly pageThreadMsPerFrame: number;
  /** One changed word in the same page, without a box: what this browser takes to paint at all. */
  readonly barePaint: Spread;
  readonly medianOfBare: number;
  /** The box's camera: from the decoded frame to the screen. */
  readonly boxPreview: Spread & { readonly offered: number; readonly skipped: number };
  /** The page's own camera, while the box decides: from the capture to the screen. */
  readonly ownPreview: Spread & {
    readonly framesPerSecond: number;
    readonly droppedFrames: number;
  };
}

/** Measures the kiosk's screen in a real Chromium. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const cameraFile = join(tmpdir(), `tebura-bench-${process.pid}.mjpeg`);
  await writeCameraFile(cameraFile, 0, movingViews(15));
  const browser = await launchChromium({ camera: "allowed", cameraFile });
  if (!browser) throw new Error("the benchmark of the kiosk needs chromium");
  try {
    const box = await measureBox(browser);
    const ownPreview = await measureOwnCamera(browser);
    const medianOfBare = round(box.decisionToPainted.medianMs / box.barePaint.medianMs);
    print({ ...box, medianOfBare, ownPreview }, json);
  } finally {
    await browser.close();
    rmSync(cameraFile, { force: true });
  }
}

/** A box with a camera of its own: frames, faces and decisions as a busy door has them. */
async function measureBox(browser: Browser) {
  await using kiosk = new KioskUnderTest();
  kiosk.status = { ...kiosk.status, camera: "box" };
  const page = await openPage(browser, kiosk);
  const barePaint = spreadOf((await page.evaluate(`kioskBare(${bareCount})`)) as number[]);
  const { offsetMs, errorMs } = await clockOffset(page);
  const thread = await threadMs(page);
  const before = (await noted(page)).states.length;
  const camera = new BoxCamera(kiosk.link, framesPerSecond);
  const begun = await thread();
  await wait(framesAloneMs);
  const framesAlone = camera.handedAt.length - kiosk.link.picturesSkipped;
  const afterFrames = await thread();
  const decidedAt = await decide(kiosk);
  const afterDecisions = await thread();
  await wait(500);
  await camera.stop();
  const { states, pictures } = await noted(page);
  await page.close();
  const painted = states.slice(before).slice(-decisions);
  if (painted.length !== decisions) throw new Error("some decisions were not shown");
  const waits = painted.map((at, i) => at - offsetMs - (decidedAt[i] ?? 0));
  const previews = pictures.map(([n, at]) => at - offsetMs - (camera.handedAt[n] ?? Number.NaN));
  const { picturesSkipped: skipped } = kiosk.link;
  return {
    decisionToPainted: spreadOf(waits),
    clockErrorMs: round(errorMs),
    pageThreadMsPerDecision: round((afterDecisions - afterFrames) / decisions),
    pageThreadMsPerFrame: round((afterFrames - begun) / framesAlone),
    barePaint,
    boxPreview: { ...spreadOf(previews), offered: camera.handedAt.length, skipped },
  };
}

/** Two answers by turns, not in step with the frames of the screen or of the camera. */
async function decide(kiosk: KioskUnderTest): Promise<readonly number[]> {
  const decidedAt: number[] = [];
  for (let i = 0; i < decisions; i++) {
    await wait(83 + ((i * 37) % 61));
    decidedAt.push(systemClock.monotonic());
    if (i % 2 === 0) kiosk.link.decided({ outcome: "admit", reason: "face-matched" });
    else kiosk.link.decided({ outcome: "refuse", reason: "face-unknown" });
  }
  return decidedAt;
}

const round = (value: number) => Math.round(value * 100) / 100;

async function measureOwnCamera(browser: Browser) {
  await using kiosk = new KioskUnderTest();
  const page = await openPage(browser, kiosk);
  await page.evaluate(`kioskWatchVideo(document.getElementById("video"))`);
  const quality = `(({ totalVideoFrames, droppedVideoFrames }) => [totalVideoFrames, droppedVideoFrames])(
    document.getElementById("video").getVideoPlaybackQuality())`;
  const [framesBefore = 0, droppedBefore = 0] = (await page.evaluate(quality)) as number[];
  const begun = systemClock.monotonic();
  for (let i = 0; i < 50; i++) {
    await wait(200);
    kiosk.link.decided({ outcome: i % 2 ? "admit" : "refuse", reason: "face-matched" });
  }
  const seconds = (systemClock.monotonic() - begun) / 1_000;
  const [frames = 0, dropped = 0] = (await page.evaluate(quality)) as number[];
  const { own } = await noted(page);
  await page.close();
  return {
    ...spreadOf(own),
    framesPerSecond: Math.round(((frames - framesBefore) / seconds) * 10) / 10,
    droppedFrames: dropped - droppedBefore,
  };
}

function print(result: Result, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ kiosk: result })}\n`);
    return;
  }
  const line = (name: string, { medianMs, p99Ms, maxMs, count }: Spread) =>
    `${name.padEnd(26)} median ${medianMs} ms, 99 % ${p99Ms} ms, most ${maxMs} ms (${count})\n`;
  const { decisionToPainted, barePaint, boxPreview, ownPreview } = result;
  process.stdout.write(
    line("decision to painted state", decisionToPainted) +
      line("a bare paint", barePaint) +
      line("box's camera to screen", boxPreview) +
      line("page's camera to screen", ownPreview) +
      `${result.medianOfBare} times a bare paint; the page's thread works ${result.pageThreadMsPerDecision} ms for a decision ` +
      `and ${result.pageThreadMsPerFrame} ms for a frame; clocks agree within ${result.clockErrorMs} ms; ` +
      `${boxPreview.skipped} of ${boxPreview.offered} pictures skipped, ${ownPreview.droppedFrames} frames dropped\n`,
  );
}
