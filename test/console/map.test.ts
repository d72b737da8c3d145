import { expect } from "vitest";
import { needsChromium } from "#test/support/chromium.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const on = openConsole();

consoleTest(
  needsChromium("by keyboard alone a box is found on the plan, and the list beside it follows"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("map");
    await page.getByText("県庁前").first().waitFor();
    const mark = page.getByRole("button", { name: /^1 here: bus-9 Silent/ });
    await mark.waitFor();
    const focused = `document.activeElement.getAttribute("aria-label") ?? ""`;
    const isFocused = async () =>
      ((await page.evaluate(focused)) as string).startsWith("1 here: bus-9");
    for (let at = 0; at < 80 && !(await isFocused()); at++) await page.keyboard.press("Tab");
    expect(await isFocused()).toBe(true);
    await page.keyboard.press("Enter");
    const rows = page.locator("main tbody tr");
    await expect.poll(() => rows.count()).toBe(1);
    await rows.first().getByRole("link", { name: "bus-9" }).waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(() => rows.count()).toBe(2);
    const frame = page.locator(".map-frame");
    const width = () => frame.evaluate((element) => element.scrollWidth);
    const before = await width();
    await page.getByRole("button", { name: "Larger" }).click();
    await expect.poll(width).toBeGreaterThan(1.8 * before);
    // What reaches the page comes from this gateway alone.
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("a bus moves on the map as its stops are told, without loading anything again"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("map");
    const row = page.getByRole("row").filter({ hasText: "bus-1" });
    await row.getByText("on bus-1, at 県庁前").waitFor();
    await on.city.running.gateway.desk.record({
      ...{ type: "bus.at-stop", vehicle: "bus-1", trip: "t1", stop: "park", stopSequence: 3 },
      source: "feed",
    });
    await row.getByText("on bus-1, at 敷島公園").waitFor({ timeout: 60_000 });
  },
);

consoleTest(
  needsChromium("how full a bus was over the day is a line, and the same numbers as a table"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("bus");
    const sheet = page.getByRole("region", { name: "People on board over the day" });
    const chart = sheet.getByRole("img");
    await chart.waitFor();
    expect(await chart.getAttribute("aria-label")).toMatch(/at most \d+ on board at once/);
    expect(await chart.locator("path").count()).toBe(1);
    await sheet.getByRole("button", { name: "Show as a table" }).click();
    await sheet.getByRole("columnheader", { name: "bus-1" }).waitFor();
    expect(Number(await sheet.locator("tbody td").nth(1).textContent())).toBeGreaterThan(0);
    await sheet.getByLabel("Vehicle").selectOption("bus-1");
    await sheet.getByRole("columnheader", { name: "bus-1" }).waitFor();
  },
);

consoleTest(
  needsChromium("what a box says of its clock stands in the list, and in the box's own sheet"),
  async () => {
    const clocks = { unsynced: "set by nobody", synced: "time server", signed: "signed time" };
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("devices");
    const row = page.getByRole("row").filter({ hasText: "bus-1" });
    await row.getByText("Not told").waitFor();
    for (const [clock, words] of Object.entries(clocks)) {
      await on.city.bus.sayHealth(0, { service: "bus.boarding", clock: clock as "signed" });
      await row.getByText(words).waitFor({ timeout: 60_000 });
    }
    await row.getByRole("link", { name: "bus-1" }).click();
    await page.getByRole("dialog").getByText("signed time").waitFor();
  },
);
