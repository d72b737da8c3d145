import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "vitest";
import { type PageName, pagePaths } from "#gateway/console/page-paths.ts";
import { needsChromium } from "#test/support/chromium.ts";
import type { ConsoleVisit } from "#test/support/console-visit.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

/** The rules of axe-core, which a page runs on itself: evaluated, so that its security policy stays. */
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const pages = Object.keys(pagePaths) as PageName[];

const on = openConsole();

/** Until what the page asked for is there: nothing is loading, and one turn of drawing has passed. */
async function settled({ page }: ConsoleVisit): Promise<void> {
  await page.waitForFunction(`!document.querySelector("main .quiet")?.textContent?.includes("…")`);
  await page.waitForTimeout(250);
}

async function flawsOf(
  visit: ConsoleVisit,
  runOnly: readonly string[],
): Promise<readonly string[]> {
  const run = `axe.run({ runOnly: ${JSON.stringify(runOnly)} })`;
  const { violations } = (await visit.page.evaluate(run)) as {
    violations: { id: string; nodes: { target: unknown[]; failureSummary: string }[] }[];
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
  );
}

consoleTest.each(["ja", "en"] as const)(
  needsChromium("axe-core finds nothing against WCAG 2.2 AA on any page in %s, light and dark"),
  async (language) => {
    await using visit = await on.visit({ language });
    const { page } = visit;
    const flaws: string[] = [];
    for (const name of pages) {
      await visit.open(name);
      await settled(visit);
      await page.evaluate(axe);
      const light = await flawsOf(visit, rules);
      await page.evaluate(`document.documentElement.dataset.theme = "dark"`);
      const dark = await flawsOf(visit, ["color-contrast"]);
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
  return [...(wide > 0 ? [wide + " px too wide"] : []), ...small];
})()`;

consoleTest.each([360, 1_920])(
  needsChromium("at %s pixels no page is wider than its window, and targets are large enough"),
  async (width) => {
    const options = { width, language: "easy" } as const;
    await using visit = await on.visit(options);
    const wrong: string[] = [];
    for (const name of pages) {
      await visit.open(name);
      await settled(visit);
      const found = (await visit.page.evaluate(measures)) as string[];
      wrong.push(...found.map((flaw) => `${name}: ${flaw}`));
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
    await settled(visit);
    const text = await page.locator("main").innerText();
    // A sentence in English begins with a capital letter; ids of boxes and names of formats do not.
    expect(text).not.toMatch(/[A-Z][a-z]{2,}|[\u3041-\u30ff]/);
  },
);
