import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { languageNames, languages } from "#device/kiosk/page/words/words.js";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { visitKiosk } from "#test/support/kiosk-visit.ts";
import { saidBy } from "#test/support/speech-double.ts";

const runs = hasChromium();
const chromiumTest = test.skipIf(!runs);
let browser: Browser | undefined;
beforeAll(async () => {
  if (runs) browser = await launchChromium({ camera: "absent" });
});
afterAll(async () => await browser?.close());

/** The box has the camera, so the page needs none. */
const scene = { state: "idle", status: { camera: "box" } } as const;
const box = { x: 0.4, y: 0.3, width: 0.2, height: 0.3, reasons: [] };

chromiumTest(
  needsChromium("one touch changes the language, and each is offered in its own words"),
  async () => {
    await using visit = await visitKiosk(browser!, scene, "lang=ja&sound=off");
    const { page } = visit;
    for (const name of languageNames) {
      await page.click(`.choice[data-language="${name}"]`);
      const { states, tag } = languages[name];
      expect(await page.getAttribute("#headline", "data-text")).toBe(states.idle.title);
      expect(await page.getAttribute("html", "lang")).toBe(tag);
      expect(await page.locator('.choice[aria-pressed="true"]').count()).toBe(1);
    }
    await page.click('.choice[data-language="ja-easy"]');
    expect(await page.locator("#detail ruby rt").allTextContents()).toEqual(["まえ", "た"]);
  },
);

chromiumTest(
  needsChromium("what somebody chose stays while they are there, and leaves with them"),
  async () => {
    await using visit = await visitKiosk(browser!, scene, "lang=ja&sound=off");
    const { page, kiosk } = visit;
    await page.clock.install();
    await page.reload();
    await expect.poll(() => kiosk.listeners).toBe(1);
    const shown = () =>
      page.evaluate(
        `(({ language, contrast, reach }) => [language, contrast, reach])(document.documentElement.dataset)`,
      );
    await page.click('.choice[data-language="vi"]');
    await page.click("#contrast");
    await page.click("#reach");
    await page.click("#enrol");
    await page.fill("#name", "somebody's name");
    for (let i = 0; i < 4; i++) {
      await page.clock.runFor(10_000);
      kiosk.say({ kind: "faces", boxes: [box] });
      await expect.poll(() => page.locator(".face").count()).toBe(1);
    }
    expect(await shown()).toEqual(["vi", "high", "low"]);
    await page.clock.runFor(14_000);
    expect(await shown()).toEqual(["vi", "high", "low"]);
    await page.clock.runFor(2_000);
    expect(await shown()).toEqual(["ja", "normal", "normal"]);
    expect(await page.isVisible("#enrol-dialog")).toBe(false);
    expect(await page.inputValue("#name")).toBe("");
  },
);

chromiumTest(
  needsChromium("whoever holds a card keeps their language, however long the PIN takes"),
  async () => {
    await using visit = await visitKiosk(browser!, scene, "lang=ja&sound=off");
    const { page, kiosk } = visit;
    await page.clock.install();
    await page.reload();
    await expect.poll(() => kiosk.listeners).toBe(1);
    await page.click('.choice[data-language="pt"]');
    const pin = { step: "pin", triesLeft: 3, wasWrong: false, isLastTry: false } as const;
    kiosk.say({ kind: "card", screen: pin });
    await expect.poll(() => page.getAttribute("body", "data-state")).toBe("card-pin");
    await page.clock.runFor(50_000);
    expect(await page.textContent("#headline")).toBe("Digite sua senha");
  },
);

chromiumTest(
  needsChromium("sound and voice: on, louder, quieter, and nothing at all when they are off"),
  async () => {
    const options = { voices: ["en-US"] };
    await using visit = await visitKiosk(browser!, scene, "lang=en", options);
    const { kiosk, page } = visit;
    const admit = () =>
      kiosk.link.decided({ outcome: "admit", reason: "face-matched" }, { name: "Hana" });
    const count = async () =>
      (await saidBy(page)).filter(({ text }) => text.startsWith("Welcome")).length;
    admit();
    await expect.poll(count).toBe(1);
    await page.click("#louder");
    await expect.poll(async () => page.getAttribute("#sound", "data-volume")).toBe("4");
    admit();
    await expect.poll(count).toBeGreaterThanOrEqual(2);
    const said = await saidBy(page);
    expect(said.find(({ text }) => text.startsWith("Welcome"))).toMatchObject({ volume: 0.75 });
    expect(said.at(-1)).toMatchObject({ volume: 1, lang: "en-US" });
    expect(
      said.some(({ text }) => text.includes("Hana")),
      "no name without the policy's word",
    ).toBe(false);
    for (let i = 0; i < 5; i++) await page.click("#quieter");
    expect(await page.getAttribute("#sound", "data-volume")).toBe("1");
    await page.click("#sound");
    expect(await page.getAttribute("#sound", "aria-pressed")).toBe("false");
    const before = (await saidBy(page)).length;
    admit();
    await expect.poll(() => page.textContent("#headline")).toBe("Welcome, Hana");
    await page.waitForTimeout(300);
    expect((await saidBy(page)).length).toBe(before);
  },
);

chromiumTest(
  needsChromium("who wants less motion gets none, and who wants contrast gets it from the start"),
  async () => {
    const wishes = { reducedMotion: "reduce", contrast: "more" } as const;
    await using visit = await visitKiosk(browser!, scene, "lang=en", wishes);
    const { page, kiosk } = visit;
    kiosk.say({ kind: "faces", boxes: [box] });
    kiosk.say({ kind: "card", screen: { step: "read" } });
    await expect.poll(() => page.getAttribute("body", "data-state")).toBe("card-read");
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
    expect(await page.getAttribute("html", "data-contrast")).toBe("high");
    await using other = await visitKiosk(browser!, scene, "lang=en", {
      reducedMotion: "no-preference",
    });
    other.kiosk.say({ kind: "card", screen: { step: "read" } });
    await expect.poll(() => other.page.evaluate("document.getAnimations().length")).toBe(1);
  },
);

chromiumTest(
  needsChromium("everything is reached by keyboard, in the order in which it is read"),
  async () => {
    await using visit = await visitKiosk(browser!, scene, "lang=en&sound=off");
    const { page } = visit;
    // The box says what it lets people do a moment after it is heard at all.
    await page.locator("#enrol").waitFor();
    const order: string[] = [];
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      order.push(
        String(
          await page.evaluate(
            `document.activeElement.id || document.activeElement.dataset.language`,
          ),
        ),
      );
    }
    expect(order).toEqual([
      ...["enrol", "sound", "quieter", "louder", "contrast", "reach"],
      ...["ja", "ja-easy", "en", "zh", "pt", "vi"],
    ]);
    await page.keyboard.press("Enter");
    expect(await page.getAttribute("html", "lang")).toBe("vi");
    const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineWidth`);
    expect(outline).toBe("4px");
  },
);
