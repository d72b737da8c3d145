import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultPolicyTable } from "#firmware-config/policy-default.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { madePeople, movingViews, writeCameraFile } from "#test/support/made-images.ts";
import { hasFfmpeg } from "#test/support/media-servers.ts";
import { anyPorts, RunningTebura } from "#test/support/running-tebura.ts";
import { listenToSpeech, saidBy } from "#test/support/speech-double.ts";

const runs = hasChromium() && hasFfmpeg();
const patience = { timeout: 60_000 };
let folder: string;
let running: RunningTebura | undefined;
let kioskUrl: string;
const browsers: Browser[] = [];

beforeAll(async () => {
  if (!runs) return;
  folder = mkdtempSync(join(tmpdir(), "tebura-school-"));
  const service = "school.attendance";
  const policy = { [service]: { ...defaultPolicyTable[service], greeting: "spoken" } };
  writeFileSync(join(folder, "tebura.json"), JSON.stringify({ policy }));
  const where = ["--data", join(folder, "data"), "--config", join(folder, "tebura.json")];
  running = new RunningTebura(["start", "--service", service, ...where, ...anyPorts]);
  ({ kiosk: kioskUrl } = await running.ready<{ kiosk: string }>());
});
afterAll(async () => {
  for (const browser of browsers) await browser.close();
  if (!running) return;
  await running[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A child before the camera, who looks ahead, turns a little to the left and to the right. */
async function childAt(seed: number): Promise<Page> {
  const cameraFile = join(folder, `camera-${seed}.mjpeg`);
  const turned = (yawDegrees: number) => movingViews(3, { yawDegrees, size: 0.22 });
  await writeCameraFile(cameraFile, seed, [...turned(0), ...turned(24), ...turned(-24)], 8);
  const browser = await launchChromium({ camera: "allowed", cameraFile });
  if (!browser) throw new Error("needs chromium");
  browsers.push(browser);
  const page = await browser.newPage({ viewport: { width: 1_080, height: 1_920 } });
  await listenToSpeech(page, ["en-GB", "ja-JP"]);
  await page.goto(`${kioskUrl}/?lang=en`);
  return page;
}

const state = (page: Page) => page.getAttribute("body", "data-state");

/** By keyboard alone: the button has the focus of whoever tabs to it. */
async function enrol(page: Page, name: string): Promise<void> {
  await page.focus("#enrol");
  await page.keyboard.press("Enter");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await expect.poll(() => state(page), patience).toBe("enrolling");
}

let pupil: Page;
test.skipIf(!runs)(
  needsChromium("a face that nobody knows is told what to do instead, and not by colour alone"),
  async () => {
    pupil = await childAt(madePeople[0]);
    await pupil.locator('body[data-state="refuse"]').waitFor({ ...patience, state: "attached" });
    expect(await pupil.textContent("#offer-words")).toContain("My Number Card");
    expect(await pupil.locator('.sign svg[data-sign="desk"]').isVisible()).toBe(true);
    const spoken = async () => (await saidBy(pupil)).map(({ text }) => text).join(" ");
    await expect.poll(spoken, patience).toMatch(/Nobody is enrolled yet|Not this time/);
  },
);

test.skipIf(!runs)(
  needsChromium("a child enrols by keyboard, is guided by spoken hints, and is welcomed to school"),
  async () => {
    await enrol(pupil, "Aoi");
    const hints = new Set<string>();
    await expect
      .poll(async () => {
        hints.add((await pupil.textContent("#headline")) ?? "");
        return await state(pupil);
      }, patience)
      .toBe("enrolled");
    expect([...hints]).toContain("Turn a little to the left");
    expect([...hints]).toContain("Turn a little to the right");
    await expect.poll(() => state(pupil), patience).toBe("admit-name");
    expect(await pupil.textContent("#headline")).toBe("Welcome, Aoi");
    const said = async () => (await saidBy(pupil)).map(({ text }) => text);
    await expect.poll(said, patience).toContainEqual(expect.stringContaining("Welcome, Aoi"));
    const all = await saidBy(pupil);
    expect(all.some(({ text }) => text.startsWith("Turn a little to the"))).toBe(true);
    expect(all.some(({ text }) => text.startsWith("All done"))).toBe(true);
    expect(new Set(all.map(({ lang }) => lang))).toEqual(new Set(["en-GB"]));
  },
);

test.skipIf(!runs)(
  needsChromium("the same child enrols anew under the same name; somebody else cannot"),
  async () => {
    await expect.poll(() => pupil.isVisible("#enrol"), patience).toBe(true);
    await enrol(pupil, "Aoi");
    await expect.poll(() => state(pupil), patience).toBe("renewed");
    await pupil.close();
    const stranger = await childAt(madePeople[1]);
    await expect.poll(() => stranger.isVisible("#enrol"), patience).toBe(true);
    await enrol(stranger, "Aoi");
    await expect.poll(() => state(stranger), patience).toBe("enrol-failed");
    expect(await stranger.textContent("#detail")).toContain("Somebody else is enrolled");
    await expect.poll(() => state(stranger), patience).toBe("idle");
  },
);

test.skipIf(!runs)(
  needsChromium("no picture of anybody is in any file of the box, nor a name"),
  () => {
    const data = join(folder, "data");
    const files = readdirSync(data, { recursive: true, withFileTypes: true });
    expect(files.length).toBeGreaterThan(5);
    for (const file of files.filter((one) => one.isFile())) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      expect(bytes.includes(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), file.name).toBe(false);
      expect(bytes.includes("JFIF"), file.name).toBe(false);
      expect(bytes.includes("Aoi"), file.name).toBe(false);
    }
  },
);
