import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { KioskUnderTest } from "#test/support/kiosk-under-test.ts";

const runs = hasChromium();
let browser: Browser | undefined;
beforeAll(async () => {
  if (runs) browser = await launchChromium({ camera: "absent" });
});
afterAll(async () => await browser?.close());

async function visit(size = { width: 1_280, height: 800 }, locale = "en-GB") {
  const kiosk = new KioskUnderTest();
  await kiosk.server.start();
  const context = await browser!.newContext({ locale, viewport: size, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(kiosk.server.url);
  await expect.poll(() => kiosk.listeners).toBe(1);
  return {
    ...{ kiosk, page },
    async [Symbol.asyncDispose]() {
      await context.close();
      await kiosk[Symbol.asyncDispose]();
    },
  };
}

const stateOf = (page: Page) => page.getAttribute("body", "data-state");
const pin = { step: "pin", triesLeft: 3, wasWrong: false, isLastTry: false } as const;

test.skipIf(!runs)(
  needsChromium("a PIN goes out as four bytes, typed or pressed, and shows as dots only"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    kiosk.say({ kind: "card", screen: { step: "read" } });
    await expect.poll(() => stateOf(page)).toBe("card-read");
    kiosk.say({ kind: "card", screen: pin });
    await expect.poll(() => stateOf(page)).toBe("card-pin");
    expect(await page.textContent("#detail")).toContain("Tries left: 3");
    await page.keyboard.type("19");
    await page.keyboard.press("Backspace");
    await page.click('[data-digit="2"]');
    await page.click('[data-digit="3"]');
    expect(await page.textContent("#pin-dots")).toBe("●●●○");
    expect(await page.textContent("body")).not.toMatch(/\b123\b/);
    await page.keyboard.type("4");
    await expect.poll(() => kiosk.pins.length).toBe(1);
    expect(Buffer.from(kiosk.pins[0]!).toString()).toBe("1234");
    expect(await page.isVisible("#pin-pad")).toBe(false);
    kiosk.say({ kind: "card", screen: { step: "done" } });
    kiosk.say({ kind: "decision", outcome: "admit", reason: "card-proved" });
    await expect.poll(() => stateOf(page)).toBe("admit");
  },
);

test.skipIf(!runs)(
  needsChromium(
    "a password goes out as bytes in capitals, and whoever does not know it goes on without",
  ),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    const password = { ...pin, triesLeft: 5, secret: "password", mayGoWithout: true } as const;
    kiosk.say({ kind: "card", screen: password });
    await expect.poll(() => stateOf(page)).toBe("password");
    expect(await page.isVisible("#pin-pad")).toBe(false);
    await page.keyboard.type("tebux");
    await page.keyboard.press("Backspace");
    expect(await page.isDisabled("#password-sign")).toBe(true);
    await page.click("#password-keys >> text=Z");
    await page.click("#password-keys >> text=0");
    expect(await page.textContent("#password-dots")).toBe("●●●●●●");
    expect(await page.innerText("body")).not.toContain("TEBU");
    await page.click("#password-sign");
    await expect.poll(() => kiosk.pins.length).toBe(1);
    expect(Buffer.from(kiosk.pins[0]!).toString()).toBe("TEBUZ0");
    kiosk.say({ kind: "card", screen: { ...password, triesLeft: 4, wasWrong: true } });
    await expect.poll(() => stateOf(page)).toBe("password-wrong");
    await page.keyboard.type("secret12");
    await page.click("text=Go on without it");
    await expect.poll(() => kiosk.cardCancellations).toBe(1);
    expect(kiosk.pins.length).toBe(1);
    kiosk.say({ kind: "card", screen: { ...password, mayGoWithout: false, isLastTry: true } });
    await expect.poll(() => stateOf(page)).toBe("password-last");
    expect(await page.isVisible("#password-keys")).toBe(false);
    expect(await page.textContent("#password-without")).toBe("Stop");
    await page.click("#password-go-on");
    expect(await page.isVisible("#password-keys")).toBe(true);
  },
);

test.skipIf(!runs)(
  needsChromium("the last try is spent only by somebody who says so"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    kiosk.say({
      kind: "card",
      screen: { ...pin, triesLeft: 1, wasWrong: true, isLastTry: true },
    });
    await expect.poll(() => stateOf(page)).toBe("card-last");
    expect(await page.isVisible("#pin-keys")).toBe(false);
    await page.keyboard.type("1234");
    await page.click("#pin-go-on");
    await page.keyboard.type("56");
    await page.click("#pin-cancel");
    await expect.poll(() => kiosk.cardCancellations).toBe(1);
    expect(kiosk.pins).toEqual([]);
  },
);

test.skipIf(!runs)(
  needsChromium("the trial card is put down and taken away by a button that only a trial shows"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    expect(await page.isVisible("#virtual-card")).toBe(false);
    kiosk.say({ kind: "state", status: { ...kiosk.status, virtualCard: "away" } });
    await page.click("#virtual-card");
    await expect.poll(() => kiosk.virtualCard).toEqual(["down"]);
    kiosk.say({ kind: "state", status: { ...kiosk.status, virtualCard: "down" } });
    await expect.poll(() => page.textContent("#virtual-card")).toContain("away");
    await page.click("#virtual-card");
    await expect.poll(() => kiosk.virtualCard).toEqual(["down", "away"]);
  },
);

test.skipIf(!runs).each([
  { width: 360, height: 640, locale: "ja-JP", from: 0 },
  { width: 1_280, height: 720, locale: "en-GB", from: 360 },
  { width: 1_920, height: 1_080, locale: "ja-JP", from: 540 },
  { width: 1_080, height: 1_920, locale: "en-GB", from: 960 },
])(
  "at $width × $height in $locale every key of the PIN pad is within reach and large enough",
  async ({ width, height, locale, from }) => {
    await using open = await visit({ width, height }, locale);
    const { kiosk, page } = open;
    kiosk.say({ kind: "card", screen: pin });
    await page.locator("#pin-keys").waitFor();
    for (const key of await page.locator("#pin-keys .key, #pin-cancel").all()) {
      const at = (await key.boundingBox())!;
      expect(at.x).toBeGreaterThanOrEqual(0);
      expect(at.y, "in the lower half, but on a phone").toBeGreaterThanOrEqual(from);
      expect(at.x + at.width).toBeLessThanOrEqual(width);
      expect(at.y + at.height).toBeLessThanOrEqual(height);
      expect(Math.min(at.height, at.width)).toBeGreaterThanOrEqual(44);
    }
  },
);
