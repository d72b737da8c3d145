import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type PageName, pagePaths } from "#gateway/console/page-paths.ts";
import { axeViolations } from "#test/support/axe.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const on = openConsole();

/** Something that stands on a page only after somebody did something, by places that no language changes. */
interface State {
  readonly what: string;
  readonly page: PageName;
  readonly query?: string;
  readonly width?: number;
  reach(page: Page): Promise<void>;
}

const press = async (page: Page, place: string) => await page.locator(place).first().click();
const dialog = async (page: Page) => await page.locator("dialog[open]").waitFor();
const opens = (place: string) => async (page: Page) => {
  await press(page, place);
  await dialog(page);
};
/** A form that is sent as it is says what is missing. */
const opensAndFails = (place: string) => async (page: Page) => {
  await opens(place)(page);
  await press(page, "dialog[open] button[type=submit]");
  await page.locator('dialog[open] [data-tone="bad"]').waitFor();
};
const tool = ".page-head .page-tools .button";
const sheet = (which: string) => `main section.sheet:${which} .sheet-head .button`;
const find = async (page: Page) => {
  await page.locator("main form input").first().fill("P-1");
  await press(page, "main form button[type=submit]");
  await page.locator("main section.sheet").nth(3).waitFor();
};

const states: readonly State[] = [
  { what: "languages", page: "overview", reach: (page) => press(page, ".rail .language > button") },
  {
    ...{ what: "menu of a phone", page: "overview", width: 360 },
    reach: (page) => press(page, ".topbar button"),
  },
  {
    ...{ what: "numbers of a chart", page: "bus" },
    reach: (page) => press(page, ".sheet-head [data-icon]"),
  },
  { what: "one box", page: "devices", query: "?box=bus-9", reach: dialog },
  { what: "chosen on the map", page: "map", reach: (page) => press(page, ".map-mark") },
  { what: "correction", page: "attendance", reach: opens("table button.pick") },
  { what: "entry by hand", page: "shelter", reach: opens('.button[data-look="key"]') },
  { what: "reception", page: "medical", reach: opensAndFails(tool) },
  { what: "ticket", page: "tickets", reach: opensAndFails(tool) },
  { what: "claim", page: "taxi", reach: opens(tool) },
  { what: "entitlement", page: "taxi", reach: opensAndFails(".sheet-head .button") },
  { what: "booking", page: "taxi", reach: opensAndFails(sheet("nth-of-type(4)")) },
  { what: "crew", page: "medical", reach: opensAndFails(sheet("last-of-type")) },
  { what: "invitation", page: "accounts", reach: opensAndFails(tool) },
  { what: "access", page: "accounts", reach: opens("table button.pick") },
  { what: "a person", page: "people", reach: find },
  {
    ...{ what: "a person's entitlement", page: "people" },
    async reach(page) {
      await find(page);
      await opensAndFails("main .sheet-head .button")(page);
    },
  },
  {
    ...{ what: "simulation", page: "policy" },
    async reach(page) {
      await page.locator("textarea").fill('{ "bus.boarding": { "method": "card" } }');
      await press(page, "main form button[type=submit]");
      await page.locator("main form table").first().waitFor();
    },
  },
  {
    ...{ what: "no table", page: "policy" },
    async reach(page) {
      await page.locator("textarea").fill("?");
      await press(page, "main form button[type=submit]");
      await page.locator('main [data-tone="bad"]').waitFor();
    },
  },
  {
    ...{ what: "a proof", page: "ledger", query: "?index=5" },
    reach: async (page) => await page.locator("main .pairs").waitFor(),
  },
  {
    ...{ what: "no such proof", page: "ledger", query: "?index=999999" },
    reach: async (page) => await page.locator('main [data-tone="bad"]').waitFor(),
  },
];

/** Both languages and both themes; what a theme draws does not depend on the language. */
const looks = [
  { language: "ja", theme: "light" },
  { language: "en", theme: "dark" },
] as const;

consoleTest.each(looks)(
  needsChromium("in $language, $theme, axe-core finds nothing on open dialogs, menus and refusals"),
  async ({ language, theme }) => {
    await using visit = await on.visit({ language, theme });
    const flaws: string[] = [];
    for (const { what, page: name, query = "", width = 1_280, reach } of states) {
      await visit.page.setViewportSize({ width, height: 800 });
      await visit.turnTo(name, query);
      await reach(visit.page);
      flaws.push(...(await axeViolations(visit.page)).map((flaw) => `${what}: ${flaw}`));
    }
    expect(flaws).toEqual([]);
  },
);

consoleTest.each(looks)(
  needsChromium(
    "in $language, $theme, pages of a gateway that fails say so, and axe-core finds nothing",
  ),
  async ({ language, theme }) => {
    await using visit = await on.visit({ language, theme });
    const { page } = visit;
    await visit.open("overview");
    await page.route(/\/api\/(?!staff\/me|live)/, async (route) => await route.abort());
    const flaws: string[] = [];
    for (const name of Object.keys(pagePaths) as PageName[]) {
      await visit.turnTo(name);
      // Whoever looks for one person or proves one event has asked for nothing yet.
      const asksAtOnce = !["people", "ledger", "overview"].includes(name);
      if (asksAtOnce) await page.locator('main [data-tone="bad"]').first().waitFor();
      flaws.push(...(await axeViolations(page)).map((flaw) => `${name}: ${flaw}`));
    }
    expect(flaws).toEqual([]);
  },
);
