import type { Page } from "playwright-core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { cameraBrowser, hasCameraBrowser } from "#test/support/camera-browser.ts";
import { type ChromiumOptions, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { freePort } from "#test/support/free-port.ts";
import { KioskUnderTest } from "#test/support/kiosk-under-test.ts";
import { movingViews, writeCameraFile } from "#test/support/made-images.ts";

const kioskTest = test.skipIf(!hasCameraBrowser);
const browser = cameraBrowser("camera.mjpeg", (path) => writeCameraFile(path, 0, movingViews(4)));

interface Visit extends AsyncDisposable {
  readonly kiosk: KioskUnderTest;
  readonly page: Page;
  readonly troubles: string[];
}

async function visit({
  locale = "en-GB",
  width = 1_280,
  height = 800,
  reducedMotion = "no-preference" as "reduce" | "no-preference",
  camera = undefined as ChromiumOptions["camera"] | undefined,
} = {}): Promise<Visit> {
  const kiosk = new KioskUnderTest(await freePort());
  await kiosk.server.start();
  const own = camera ? await launchChromium({ camera }) : undefined;
  const viewport = { width, height };
  const context = await (own ?? browser.current).newContext({ locale, viewport, reducedMotion });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (line) => line.type() === "error" && troubles.push(line.text()));
  await page.goto(kiosk.server.url);
  return {
    ...{ kiosk, page, troubles },
    async [Symbol.asyncDispose]() {
      await context.close();
      await own?.close();
      await kiosk[Symbol.asyncDispose]();
    },
  };
}

const stateOf = async (page: Page) => await page.evaluate("document.body.dataset.state");
const box = { x: 0.4, y: 0.3, width: 0.2, height: 0.3, reasons: [] };

async function withCamera({ page }: Visit): Promise<void> {
  const start = page.locator("#start");
  await expect.poll(() => stateOf(page), { timeout: 60_000 }).toMatch(/start|idle/);
  if (await start.isVisible()) await start.click();
  await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe("idle");
}

kioskTest(
  needsChromium(
    "the page sends its camera's pictures and shows one state for each thing that happens",
  ),
  async () => {
    await using open = await visit();
    const { kiosk, page, troubles } = open;
    await withCamera(open);
    await expect.poll(() => kiosk.frames.length, { timeout: 60_000 }).toBeGreaterThan(3);
    const picture = await sharp(kiosk.frames[0]).metadata();
    expect(picture).toMatchObject({ format: "jpeg", width: 640, height: 480 });
    const headline = page.locator("#headline");
    const shows = async (state: string, words: string) => {
      await expect.poll(() => stateOf(page)).toBe(state);
      expect(await headline.textContent()).toBe(words);
      expect(await page.locator(".sign svg:visible").count()).toBe(1);
    };
    kiosk.say({ kind: "faces", boxes: [{ ...box, reasons: ["too-far"] }] });
    await shows("far", "Come a little closer");
    kiosk.say({ kind: "faces", boxes: [{ ...box, reasons: ["turned-away"] }] });
    await shows("turned", "Look here, please");
    kiosk.say({ kind: "faces", boxes: [box] });
    await shows("looking", "One moment");
    expect(await page.locator(".face.ready").count()).toBe(1);
    kiosk.say({ kind: "decision", outcome: "ask-card", reason: "face-ambiguous" });
    await shows("card", "Your card, please");
    kiosk.say({ kind: "decision", outcome: "refuse", reason: "face-unknown" });
    await shows("refuse", "Not this time");
    expect(await page.textContent("#offer")).toContain("staff will do the same");
    const name = "Hana <b>&</b>";
    kiosk.say({ kind: "decision", outcome: "admit", reason: "face-matched", greetingName: name });
    await shows("admit-name", `Welcome, ${name}`);
    kiosk.say({ kind: "faces", boxes: [] });
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe("idle");
    await page.click('[data-language="ja"]');
    expect(await headline.textContent()).toBe("こちらへどうぞ");
    expect(await page.getAttribute("html", "lang")).toBe("ja");
    expect(troubles).toEqual([]);
  },
);

kioskTest(needsChromium("a frame lies over the face, mirrored as the video is"), async () => {
  await using open = await visit({ width: 640, height: 480 });
  await withCamera(open);
  open.kiosk.say({ kind: "faces", boxes: [{ ...box, x: 0.1, width: 0.2 }] });
  const mirror = (await open.page.locator(".mirror").boundingBox())!;
  // The picture covers the mirror: 4:3, so its height or its width fits, and the rest is cut off.
  const shown = Math.max(mirror.width, (mirror.height * 4) / 3);
  const middle = mirror.x + mirror.width / 2 + (0.5 - 0.2) * shown;
  const frame = open.page.locator(".face");
  await frame.waitFor();
  await expect
    .poll(async () => {
      const at = await frame.boundingBox();
      return at && Math.round(at.x + at.width / 2);
    })
    .toBe(Math.round(middle));
});

kioskTest(
  needsChromium("a visitor enrols by keyboard alone, after a name and a consent"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    let finish = () => {};
    kiosk.enrol = async () => {
      kiosk.say({ kind: "enrolment", taken: 2, wanted: 4, hint: "turn-left" });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { ok: true, renewed: false };
    };
    await withCamera(open);
    await page.focus("#enrol");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await page.textContent("#enrol-error")).toBe("Please enter a name.");
    await page.keyboard.type("花子");
    await page.keyboard.press("Enter");
    expect(await page.textContent("#enrol-error")).toBe("Enrolling needs your agreement.");
    expect(await page.evaluate("document.activeElement.id")).toBe("consent");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await expect.poll(() => kiosk.requests).toEqual([{ name: "花子", consent: true }]);
    await expect.poll(() => page.textContent("#steps")).toContain("2 of 4");
    expect(await page.textContent("#headline")).toBe("Turn a little to the left");
    kiosk.say({ kind: "decision", outcome: "refuse", reason: "face-unknown" });
    expect(await stateOf(page)).toBe("enrolling");
    finish();
    await expect.poll(() => stateOf(page)).toBe("enrolled");
    kiosk.enrol = async () => ({ ok: false, code: "NAME_TAKEN", message: "taken" });
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe("idle");
    await page.click("#enrol");
    await page.fill("#name", "花子");
    await page.check("#consent");
    await page.click("#enrol-begin");
    await expect.poll(() => stateOf(page)).toBe("enrol-failed");
    expect(await page.textContent("#detail")).toContain("Somebody else is enrolled");
  },
);

kioskTest.each([
  { camera: "refused", state: "refused", words: "The camera is not allowed" },
  { camera: "absent", state: "absent", words: "No camera found" },
] as const)(
  "a camera that is $camera is told in clear words, and can be tried again",
  async ({ camera, state, words }) => {
    await using open = await visit({ camera });
    const { page } = open;
    await expect.poll(() => stateOf(page)).toMatch(/start|refused|absent/);
    if ((await stateOf(page)) === "start") await page.click("#start");
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe(state);
    expect(await page.textContent("#headline")).toBe(words);
    expect(await page.isVisible("#start")).toBe(true);
  },
);

kioskTest(
  needsChromium("the page says so when the appliance goes, and comes back with it"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    await withCamera(open);
    const { port } = kiosk.server;
    await kiosk[Symbol.asyncDispose]();
    await expect.poll(() => stateOf(page)).toBe("offline");
    await using again = new KioskUnderTest(port);
    await again.server.start();
    await expect.poll(() => stateOf(page), { timeout: 60_000 }).toBe("idle");
    await expect.poll(() => again.frames.length, { timeout: 60_000 }).toBeGreaterThan(0);
  },
);

kioskTest.each([
  { width: 360, height: 640, locale: "ja-JP" },
  { width: 360, height: 640, locale: "en-GB" },
  { width: 1_920, height: 1_080, locale: "ja-JP" },
  { width: 1_080, height: 1_920, locale: "en-GB" },
])(
  "at $width × $height in $locale nothing is cut off, and what is pressed is large enough",
  async ({ width, height, locale }) => {
    await using open = await visit({ width, height, locale, reducedMotion: "reduce" });
    const { page, kiosk } = open;
    await withCamera(open);
    kiosk.say({ kind: "decision", outcome: "refuse", reason: "face-unknown" });
    await expect.poll(() => stateOf(page)).toBe("refuse");
    for (const selector of [".message", ".controls"]) {
      const at = (await page.locator(selector).boundingBox())!;
      expect(at.x, selector).toBeGreaterThanOrEqual(0);
      expect(at.x + at.width, selector).toBeLessThanOrEqual(width);
      expect(at.y + at.height, selector).toBeLessThanOrEqual(height);
    }
    for (const button of await page.locator("button:visible").all()) {
      const at = (await button.boundingBox())!;
      expect(Math.min(at.height, at.width)).toBeGreaterThanOrEqual(44);
      expect(at.y, "in the lower half").toBeGreaterThanOrEqual(height / 2);
      expect(at.x + at.width).toBeLessThanOrEqual(width);
      expect(at.y + at.height).toBeLessThanOrEqual(height);
    }
    await page.click("#enrol");
    const dialog = (await page.locator("#enrol-dialog").boundingBox())!;
    expect(dialog.x + dialog.width).toBeLessThanOrEqual(width);
    expect(dialog.y + dialog.height).toBeLessThanOrEqual(height);
  },
);
