import type { Browser } from "playwright-core";
import { ConsoleVisit } from "#test/support/console-visit.ts";
import type { StaffClient } from "#test/support/staff-client.ts";

export interface Scrolled {
  readonly frames: number;
  readonly framesOver50Ms: number;
  readonly longestFrameMs: number;
}

/** Scrolls the list of evacuees from its top to its end in steps, one a frame, and times every frame. */
const scrollThrough = `new Promise((resolve) => {
  const frame = document.querySelector(".table-frame[data-tall]");
  const step = (frame.scrollHeight - frame.clientHeight) / 240;
  const times = [];
  let last = performance.now();
  let steps = 0;
  const next = (now) => {
    times.push(now - last);
    last = now;
    frame.scrollTop += step;
    steps += 1;
    if (steps < 240) requestAnimationFrame(next);
    else resolve(times.slice(2));
  };
  requestAnimationFrame(next);
})`;

export async function scrollList(
  browser: Browser,
  client: StaffClient,
  people: number,
): Promise<Scrolled> {
  await using visit = await ConsoleVisit.begin(browser, client, { language: "en" });
  const { page } = visit;
  await visit.open("shelter");
  await page.locator(`table[aria-rowcount="${people + 1}"]`).waitFor({ timeout: 120_000 });
  const times = (await page.evaluate(scrollThrough)) as number[];
  return {
    frames: times.length,
    framesOver50Ms: times.filter((ms) => ms > 50).length,
    longestFrameMs: Math.round(Math.max(...times)),
  };
}
