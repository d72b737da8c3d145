import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { languageNames } from "#device/kiosk/page/words/words.js";
import { cameraBrowser, hasCameraBrowser } from "#test/support/camera-browser.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { kioskScenes, playScene } from "#test/support/kiosk-scenes.ts";
import { visitKiosk } from "#test/support/kiosk-visit.ts";
import { writeCalmCameraFile } from "#test/support/made-images.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const browser = cameraBrowser("camera.y4m", (path) => writeCalmCameraFile(path, 0));

/** What axe finds against WCAG 2.2 AA, in a few words each. */
async function violations(page: Page): Promise<readonly string[]> {
  const options = JSON.stringify({ runOnly: { type: "tag", values: tags } });
  const result = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  expect(result.passes.map(({ id }) => id)).toContain("color-contrast");
  return result.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

/** Whether anything reaches beyond the screen, or lies over something else that is to be read. */
const overflow = `(() => {
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const shown = [...document.querySelectorAll("h1, #detail, #offer, #steps, button")]
    .filter((element) => element.checkVisibility() && !element.closest("dialog"));
  return shown
    .filter((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const inside = element.scrollWidth <= element.clientWidth + 1 || element.tagName === "P";
      return left < -1 || top < -1 || right > width + 1 || bottom > height + 1 || !inside;
    })
    .map((element) => (element.id || element.className) + ": " + element.textContent);
})()`;

/** The visible texts of the page, without the names of the languages and the product's own name. */
const visibleTexts = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.checkVisibility() || parent.closest("#languages, .brand, .key, #pin-dots")) continue;
    if (node.data.trim() !== "") texts.push(node.data.trim());
  }
  return texts;
})()`;

interface Look {
  readonly language: string;
  readonly state: string;
  readonly texts: readonly string[];
  readonly beyond: readonly string[];
  /** With everything in the lowest part of the screen. */
  readonly beyondLow: readonly string[];
}

/** Looks at the page in every language, one after the other, as fast as it can draw them. */
const allLanguages = `(async () => {
  const press = (place) => document.querySelector(place).click();
  const painted = () => new Promise(requestAnimationFrame);
  const looks = [];
  for (const language of ${JSON.stringify(languageNames)}) {
    press('[data-language="' + language + '"].choice');
    await painted();
    const look = { language, state: document.body.dataset.state, texts: ${visibleTexts}, beyond: ${overflow} };
    press("#reach");
    await painted();
    looks.push({ ...look, beyondLow: ${overflow} });
    press("#reach");
  }
  return looks;
})()`;

const latin = /[A-Za-zÀ-ỹ]/;
const asian = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
/** Letters that no text of a language has; the card's own name aside. */
const foreign: Readonly<Record<string, RegExp>> = {
  ...{ ja: latin, "ja-easy": latin, vi: new RegExp(`[${asian}]`, "u") },
  en: new RegExp(`[À-ỹ${asian}]`, "u"),
  zh: /[A-Za-zÀ-ỹ\p{Script=Hiragana}\p{Script=Katakana}]/u,
  pt: new RegExp(`[\\u1E00-\\u1EFF${asian}]`, "u"),
};

/** The page sends no pictures to the box: nobody looks at them here, and each is packed as JPEG. */
const noPictures = `HTMLCanvasElement.prototype.toBlob = (done) => done(null);`;

const sizes = [
  { width: 360, height: 640 },
  { width: 1_280, height: 800 },
  { width: 1_920, height: 1_080 },
  { width: 1_080, height: 1_920 },
];

test.skipIf(!hasCameraBrowser).each(kioskScenes.map((scene, index) => ({ ...scene, index })))(
  "state $state: no violation of WCAG 2.2 AA, nothing cut off, one language at a time",
  async ({ index, ...scene }) => {
    await using visit = await visitKiosk(browser.current, scene, "lang=ja&sound=off");
    const { page, kiosk, troubles } = visit;
    await page.evaluate(noPictures);
    await playScene(page, kiosk, scene);
    // Whoever stands there stays there, however long the look takes.
    const faces = scene.says?.find(({ kind }) => kind === "faces");
    const standing = setInterval(() => faces && kiosk.say(faces), 200);
    onTestFinished(() => clearInterval(standing));
    // An answer passes by: it is given anew for each look.
    const isUnderWay = scene.begins !== undefined && scene.begins !== "declining";
    for (const size of sizes) {
      await page.setViewportSize(size);
      if (!isUnderWay) await playScene(page, kiosk, scene);
      for (const look of (await page.evaluate(allLanguages)) as readonly Look[]) {
        const { language } = look;
        const where = `${language}, ${size.width}`;
        expect(look.beyond, where).toEqual([]);
        expect(look.beyondLow, `${where}, reach lower`).toEqual([]);
        expect(look.state, where).toBe(scene.state);
        const own = look.texts.filter((text) => !text.includes("青井"));
        expect(own.length, where).toBeGreaterThan(1);
        const others = own.filter((text) => foreign[language]?.test(text));
        expect(others, where).toEqual([]);
      }
    }
    await page.evaluate(axe);
    // Two languages of each state, one in either contrast, and all six by turns.
    for (const isHigh of [false, true]) {
      if (!isUnderWay) await playScene(page, kiosk, scene);
      const turn = (index + (isHigh ? 3 : 0)) % languageNames.length;
      const language = languageNames[turn];
      await page.evaluate(`document.querySelector('[data-language="${language}"].choice').click()`);
      if (isHigh) await page.evaluate(`document.getElementById("contrast").click()`);
      const where = `${language}, ${isHigh ? "high" : "normal"} contrast`;
      expect(await violations(page), where).toEqual([]);
      expect(await page.getAttribute("body", "data-state"), where).toBe(scene.state);
    }
    expect(troubles).toEqual([]);
  },
);

test.skipIf(!hasCameraBrowser)(
  needsChromium("what these tests look for would be found"),
  async () => {
    await using visit = await visitKiosk(browser.current, { state: "idle" }, "lang=en&sound=off");
    const { page } = visit;
    await page.evaluate(axe);
    await page.evaluate(`document.getElementById("detail").style.color = "#9ab"`);
    await page.evaluate(`document.getElementById("louder-label").remove()`);
    expect((await violations(page)).map((found) => found.split(":")[0])).toEqual([
      ...["button-name", "color-contrast"],
    ]);
    await page.evaluate(`document.getElementById("enrol").style.translate = "90vw"`);
    expect(await page.evaluate(overflow)).toEqual(["enrol: Enrol my face"]);
    await page.evaluate(`document.getElementById("detail").textContent = "カメラ"`);
    const texts = (await page.evaluate(visibleTexts)) as string[];
    expect(texts.filter((text) => foreign["en"]?.test(text))).toEqual(["カメラ"]);
  },
);

test.skipIf(!hasCameraBrowser)(
  needsChromium("the form of an enrolment has no violation either"),
  async () => {
    await using visit = await visitKiosk(
      browser.current,
      { state: "idle" },
      "lang=ja-easy&contrast=high",
    );
    const { page } = visit;
    await page.locator('body[data-state="idle"]').waitFor({ state: "attached" });
    await page.click("#enrol");
    await page.click("#enrol-begin");
    await page.evaluate(axe);
    expect(await violations(page)).toEqual([]);
  },
);
