import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** The rules of axe-core, which a page runs on itself: evaluated, so that its security policy stays. */
const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2 at level AA. */
export const wcagRules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] as const;

/** What axe-core finds on a page by its rules of these tags or names: rule, places, and what is wrong there. */
export async function axeViolations(
  page: Page,
  rules: readonly string[] = wcagRules,
): Promise<readonly string[]> {
  if (await page.evaluate(`typeof axe === "undefined"`)) await page.evaluate(source);
  return (await page.evaluate(`(async () => {
    const { violations } = await axe.run(document, { runOnly: ${JSON.stringify(rules)} });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + " at " + target.join(" ") + ": " + failureSummary));
  })()`)) as readonly string[];
}
