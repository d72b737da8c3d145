import { expect } from "vitest";
import { type PageName, pagePaths } from "#gateway/console/page-paths.ts";
import { axeViolations, wcagRules } from "#test/support/axe.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const pages = Object.keys(pagePaths) as PageName[];

const on = openConsole();

consoleTest.each(["ja", "en"] as const)(
  needsChromium("axe-core finds nothing against WCAG 2.2 AA on any page in %s, light and dark"),
  async (language) => {
    await using visit = await on.visit({ language });
    const { page } = visit;
    const flaws: string[] = [];
    for (const name of pages) {
      await visit.turnTo(name);
      await visit.settled();
      const light = await axeViolations(page, [...wcagRules, "best-practice"]);
      await page.evaluate(`document.documentElement.dataset.theme = "dark"`);
      const dark = await axeViolations(page, ["color-contrast"]);
      await page.evaluate(`document.documentElement.dataset.theme = "light"`);
      flaws.push(...[...light, ...dark].map((flaw) => `${name}: ${flaw}`));
    }
    expect(flaws).toEqual([]);
    expect(visit.troubles).toEqual([]);
  },
);

/** What is wrong with the measures of a page: its width, and targets below 24 pixels (WCAG 2.2, 2.5.8). */
const measures = `(() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const small = [...document.querySelectorAll("button, input, select, nav a, a.button")]
    .filter((element) => element.checkVisibility())
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.height < 24 || box.width < 24))
    .map(({ element }) => element.outerHTML.slice(0, 80));
  const parted = [...document.querySelectorAll(".button > ruby")].map((one) => "parted: " + one.textContent);
  return [...(wide > 0 ? [wide + " px too wide"] : []), ...small, ...parted];
})()`;

/** Words that are cut in two because their column or heading is squeezed. */
const cutWords = `(() => {
  const found = [];
  for (const cell of document.querySelectorAll("td, th, h1, h2")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const word of node.data.matchAll(/[A-Za-z]{2,}/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) found.push(word[0]);
      }
    }
  }
  return found;
})()`;

consoleTest(
  needsChromium(
    "at 360 and at 1920 pixels no page is wider than its window, and targets are large enough",
  ),
  async () => {
    await using visit = await on.visit({ language: "easy" });
    const { page } = visit;
    const wrong: string[] = [];
    await visit.open("overview");
    for (const name of pages) {
      await visit.turnTo(name);
      for (const width of [360, 1_920]) {
        await page.setViewportSize({ width, height: 800 });
        await visit.settled();
        const found = (await page.evaluate(measures)) as string[];
        wrong.push(...found.map((flaw) => `${name} at ${width}: ${flaw}`));
      }
    }
    expect(wrong).toEqual([]);
  },
);

consoleTest(
  needsChromium("on a phone no word is cut in two, and a page has one title"),
  async () => {
    await using visit = await on.visit({ language: "en", width: 360, height: 640 });
    const { page } = visit;
    const wrong: string[] = [];
    await visit.open("overview");
    for (const name of pages) {
      await visit.turnTo(name);
      await visit.settled();
      const cut = (await page.evaluate(cutWords)) as string[];
      wrong.push(...cut.map((word) => `${name}: ${word}`));
      expect(await page.locator("h1").count(), name).toBe(1);
    }
    expect(wrong).toEqual([]);
  },
);

consoleTest(
  needsChromium(
    "a language is one touch away, is remembered, and leaves nothing of another on the page",
  ),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("overview");
    await page.locator(".rail .language > button").click();
    await page.getByRole("button", { name: "简体中文" }).click();
    await page.getByRole("heading", { level: 1, name: "现在" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hans");
    await visit.open("devices");
    await page.getByRole("heading", { level: 1, name: "终端" }).waitFor();
    await visit.settled();
    const text = await page.locator("main").innerText();
    // A sentence in English begins with a capital letter; ids of boxes and names of formats do not.
    expect(text).not.toMatch(/[A-Z][a-z]{2,}|[\u3041-\u30ff]/);
  },
);
