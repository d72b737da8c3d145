import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { words } from "#device/operator/page/words.js";
import { axeViolations } from "#test/support/axe.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { root, trackedFiles } from "#test/tidy/source-tree.ts";

const patience = { timeout: 60_000, interval: 100 };
const runs = hasChromium();
const site = { id: "momonoki", label: "桃木小学校", capacity: 300, door: "entrance" } as const;
let city: CityUnderTest;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let shelter: BoxUnderTest;

beforeAll(async () => {
  if (!runs) return;
  browser = await launchChromium({ camera: "absent" });
  city = new CityUnderTest();
  await city.connect();
  shelter = await city.box("shelter-1", "shelter.check-in", { duties: { shelter: site } });
});
afterAll(async () => {
  await browser?.close();
  await city?.[Symbol.asyncDispose]();
});

interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly troubles: readonly string[];
}

/** The operator's page of a box, opened with its key by the keyboard alone. */
async function visit(box: BoxUnderTest, options: object): Promise<Visit> {
  const context = await browser!.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  await page.goto(`${box.url}/operator`);
  await page.locator("#key:focus").waitFor();
  await page.keyboard.type(box.key);
  await page.keyboard.press("Enter");
  await page.locator("#enter").waitFor({ state: "hidden" });
  return { page, troubles, [Symbol.asyncDispose]: async () => await context.close() };
}

/** Presses Tab until the keyboard is at an element, as somebody without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not come to ${selector}`);
}

const width = async (page: Page) =>
  (await page.evaluate("document.documentElement.scrollWidth")) as number;

const looks = [
  ["ja-JP", "light", 360],
  ["ja-JP", "dark", 1_920],
  ["en-GB", "light", 1_920],
  ["en-GB", "dark", 360],
] as const;

test.each(looks)(
  needsChromium(
    "a clerk takes somebody in and lets them go by keyboard alone: %s, %s, %i pixels wide",
  ),
  async (locale, colorScheme, wide) => {
    if (!runs) return;
    const text = locale === "ja-JP" ? words.ja : words.en;
    const viewport = { width: wide, height: 900 };
    await using visited = await visit(shelter, { locale, colorScheme, viewport });
    const { page, troubles } = visited;
    await expect.poll(() => page.locator("#needs-list input").count(), patience).toBe(9);
    const kana = `さとう ${locale}${wide}`;
    await tabTo(page, "[name=kana]");
    await page.keyboard.type(kana);
    await tabTo(page, "[name=household]");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, "#needs-list [value=medicine]");
    await page.keyboard.press("Space");
    await tabTo(page, "#hand [type=submit]");
    await page.keyboard.press("Enter");
    const line = page.locator("#people tr", { hasText: kana });
    await expect.poll(() => line.count(), patience).toBe(1);
    expect(await line.innerText()).toContain(text.need_medicine);
    expect(await page.locator("#say").innerText()).toBe(text.checkedIn);
    // The next person is typed at once.
    expect(await page.locator("[name=kana]:focus").count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    expect(await width(page)).toBeLessThanOrEqual(wide);
    await line.locator("button").first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => line.count(), patience).toBe(0);
    expect(troubles).toEqual([]);
  },
);

test.skipIf(!runs)(
  needsChromium("somebody who was sent here is shown as on the way, and arrives by one key"),
  async () => {
    const { desk } = city.gateway;
    const person = "T".repeat(22) as never;
    const [from, to] = ["sakura", "momonoki"];
    await desk.record({ type: "shelter.checked-in", person, shelter: from!, means: "hand" });
    await desk.record({ type: "shelter.transferred", person, from: from!, to: to! });
    await using visited = await visit(shelter, { locale: "en-GB" });
    const { page } = visited;
    const line = page.locator("#people tr", { hasText: words.en.noName });
    await expect.poll(() => line.count(), { ...patience, timeout: 60_000 }).toBe(1);
    expect(await line.innerText()).toContain(words.en.onTheWay);
    await line.locator("button").first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => line.innerText(), patience).not.toContain(words.en.onTheWay);
    // The other language is one key away, and nothing of the first one stays.
    await page.locator("#language").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("#shelter-count").innerText(), patience).toContain("在所");
    expect(await page.getAttribute("html", "lang")).toBe("ja");
    expect(await page.locator("#people").innerText()).toContain(words.ja.leave);
  },
);

test.skipIf(!runs)(
  needsChromium("a wrong key is refused in words, and shows nothing"),
  async () => {
    const context = await browser!.newContext({ locale: "ja-JP" });
    const page = await context.newPage();
    await page.goto(`${shelter.url}/operator`);
    await page.locator("#key:focus").waitFor();
    await page.keyboard.type("12345678");
    await page.keyboard.press("Enter");
    const told = () => page.locator("#say").innerText();
    await expect.poll(told, patience).toBe(words.ja.code_ACCESS_DENIED);
    expect(await page.locator("section:visible").count()).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  },
);

test.skipIf(!runs).each([
  ["taxi.subsidised-ride", "taxi", { taxi: { company: "ueki", bookedOnly: false } }],
  ["bus.boarding", "bus", { bus: { vehicle: "bus-7", fixedRoute: [] } }],
  ["event.entry", "tickets", {}],
  ["payment", "payment", { till: { merchant: "ueda", waitSeconds: 60 } }],
] as const)(
  "the page of a box for %s has no violation either, in both themes and languages",
  async (service, section, duties) => {
    const box = await city.box(`box-${section}`, service, { duties: duties as never });
    for (const [locale, colorScheme, wide] of looks) {
      const viewport = { width: wide, height: 700 };
      await using visited = await visit(box, { locale, colorScheme, viewport });
      const { page, troubles } = visited;
      await page.locator(`#${section}`).waitFor();
      expect(await axeViolations(page), `${locale} ${colorScheme}`).toEqual([]);
      expect(await width(page)).toBeLessThanOrEqual(wide);
      expect(troubles).toEqual([]);
    }
    await box[Symbol.asyncDispose]();
  },
);

const sources = () =>
  trackedFiles()
    .filter((path) => path.startsWith("device/operator/page/") && !path.endsWith("words.js"))
    .map((path) => readFileSync(join(root, path), "utf8"));

test("every word is there in both languages and in the right one, is asked for, and none is missing", () => {
  expect(Object.keys(words.en).sort()).toEqual(Object.keys(words.ja).sort());
  const asian = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
  for (const [key, text] of Object.entries(words.en)) {
    if (key !== "language") expect(text, key).not.toMatch(asian);
  }
  for (const [key, text] of Object.entries(words.ja)) {
    if (key !== "language" && text !== "")
      expect(text.replaceAll(/\{\w+\}/g, ""), key).toMatch(asian);
  }
  const texts = sources().join("\n");
  const asked = [...texts.matchAll(/data-word="([\w-]+)"/g)].map(([, key]) => key!);
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((key) => !Object.hasOwn(words.ja, key))).toEqual([]);
  const made = /^(code|why|state|need|step|fail)_/;
  const unasked = Object.keys(words.ja).filter(
    (key) => !made.test(key) && !new RegExp(`["']${key}["']`).test(texts),
  );
  expect(unasked).toEqual([]);
});
