import { expect } from "vitest";
import type { Pseudonym } from "#contract/ids.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const on = openConsole();
const many = 90;

consoleTest(
  needsChromium(
    "everybody on a long list is on paper, in black on white and without what one presses",
  ),
  async () => {
    const { desk } = on.city.running.gateway;
    const arrived = { type: "shelter.checked-in", shelter: "momonoki", means: "hand" } as const;
    await Promise.all(
      Array.from({ length: many }, async (_, at) => {
        const person = `E${at}`.padEnd(22, "x") as Pseudonym;
        await desk.record({ ...arrived, person });
      }),
    );
    await using visit = await on.visit({ theme: "dark", language: "en" });
    await visit.open("shelter");
    const { page } = visit;
    const list = page.locator(".table-frame[data-tall] tbody tr:not([data-gap])");
    await list.first().waitFor();
    expect(await list.count()).toBeLessThan(many);
    // As the browser does before it counts its pages, and when it has printed them.
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    await expect.poll(() => list.count(), { timeout: 20_000 }).toBeGreaterThan(many);
    expect(await page.locator("[data-gap]").count()).toBe(0);
    await page.emulateMedia({ media: "print" });
    for (const screenOnly of [".rail", ".page-tools", ".button", ".toolbar"]) {
      const shown = page.locator(screenOnly).filter({ visible: true });
      expect(await shown.count(), screenOnly).toBe(0);
    }
    const colours = await page.evaluate(`[
      getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor,
    ]`);
    expect(colours).toEqual(["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
    await expect.poll(() => list.count(), { timeout: 20_000 }).toBeLessThan(many);
    expect(visit.troubles).toEqual([]);
  },
);
