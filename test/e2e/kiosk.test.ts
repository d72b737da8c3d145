import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { beginInBrowser } from "#test/support/browser-passkey.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { anyPorts, RunningTebura } from "#test/support/running-tebura.ts";

let folder: string;
let running: RunningTebura | undefined;
let browser: Browser | undefined;
let page: Page;
let ask: Ask;
let ready: Ready;

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = mkdtempSync(join(tmpdir(), "tebura-kiosk-"));
  running = new RunningTebura(["start", "--data", folder, ...anyPorts]);
  ready = await running.ready();
  ask = askProcess(ready.gateway, folder);
  browser = await launchChromium({ camera: "allowed", cameraFile: cameraFile(1) });
  page = await browser!.newPage({ locale: "en-GB", viewport: { width: 1000, height: 800 } });
});
afterAll(async () => {
  await browser?.close();
  if (!running) return;
  await running[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Ready {
  readonly kiosk: string;
  readonly gateway: string;
  readonly firstStart: { readonly code: string };
}

/** A camera that sees a drawn face, grainy as a camera is, as the motion JPEG that Chromium plays. */
function cameraFile(seed: number): string {
  const path = join(folder, "camera.mjpeg");
  const side = 480;
  const frames = Array.from({ length: 8 }, (_, grain) =>
    makeFace(seed, { side, grain, yawDegrees: grain % 3 }),
  );
  execFileSync(
    "ffmpeg",
    [
      ...["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${side}x${side}`],
      ...[
        "-r",
        "15",
        "-i",
        "-",
        "-vf",
        "pad=640:480:80:0:gray",
        "-pix_fmt",
        "yuvj420p",
        "-q:v",
        "3",
        "-f",
        "mjpeg",
        path,
      ],
    ],
    { input: Buffer.concat(frames.map(({ data }) => data)) },
  );
  return path;
}

async function read(path: string): Promise<{ events: { event: { body: Body } }[] }> {
  const answer = await ask(path);
  return (await answer.json()) as { events: { event: { body: Body } }[] };
}

interface Body {
  readonly type: string;
  readonly outcome?: string;
  readonly person?: string;
}

async function outcomes(): Promise<readonly (string | undefined)[]> {
  const { events } = await read("/api/events?limit=1000");
  return events.map(({ event }) => event.body.outcome).filter((outcome) => outcome !== undefined);
}

test(
  needsChromium("a visitor lends the camera, enrols, and is recognised with empty hands"),
  async ({ skip }) => {
    if (!browser) skip();
    await page.goto(ready.kiosk);
    await page.locator("#start:visible, #enrol:visible").first().waitFor();
    if (await page.locator("#start").isVisible()) await page.locator("#start").click();
    // Nobody is enrolled yet: the door turns this face away.
    await expect.poll(outcomes, { timeout: 60_000, interval: 200 }).toContain("refuse");
    await page.locator("#enrol").click();
    await page.locator("#name").fill("Aoi");
    await page.locator("#consent").check();
    await page.locator("#enrol-begin").click();
    await expect.poll(outcomes, { timeout: 60_000, interval: 200 }).toContain("admit");
    await expect
      .poll(async () => page.locator("#headline").textContent(), { timeout: 60_000 })
      .toMatch(/Aoi|Welcome/i);
  },
);

test(needsChromium("the gateway hears of it, and never hears the name"), async ({ skip }) => {
  if (!browser) skip();
  const { events } = await read("/api/events?limit=1000");
  const admitted = events.filter(({ event }) => event.body.outcome === "admit");
  expect(admitted.length).toBeGreaterThan(0);
  expect(admitted[0]?.event.body.person).toMatch(/^[\w-]{22}$/);
  expect(JSON.stringify(events)).not.toContain("Aoi");
  expect(await read("/api/ledger/verify")).toMatchObject({ intact: true });
});

test(needsChromium("the gateway's page shows the boarding as it comes"), async ({ skip }) => {
  if (!browser) skip();
  const console_ = await browser!.newPage({ viewport: { width: 1200, height: 900 } });
  await beginInBrowser(console_, ready.gateway, ready.firstStart.code);
  await console_.locator('td .badge[data-tone="good"]').first().waitFor();
  const { origin } = new URL(console_.url()); // The name that passkeys are for.
  await console_.goto(`${origin}/devices`);
  await console_.locator("tbody tr").first().waitFor();
  await console_.goto(`${origin}/ledger`);
  await console_.locator('button[data-look="key"]').first().click();
  await console_.locator('.notice[data-tone="good"]').waitFor();
  await console_.close();
});
