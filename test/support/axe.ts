import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds on a page by WCAG 2.2 at level AA: rule and places. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(source);
  return (await page.evaluate(`(async () => {
    const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: only } });
    return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target.join(" ")));
  })()`)) as readonly string[];
}
