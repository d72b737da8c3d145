import type { Browser, Page } from "playwright-core";
import { ConsoleVisit } from "#test/support/console-visit.ts";
import type { StaffClient } from "#test/support/staff-client.ts";

/**
 * Notes, inside a page, when each row of the list of events is first in the document: by its number in the
 * ledger, in milliseconds since 1970 by the machine's clock, which the gateway of the benchmark shares.
 */
const watchRows = `(() => {
  const seen = new Map();
  window.rowsSeen = seen;
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    for (const link of document.querySelectorAll(".table tbody a[href^='/ledger?index=']")) {
      const index = Number(new URL(link.href).searchParams.get("index"));
      if (!seen.has(index)) seen.set(index, now);
    }
  };
  new MutationObserver(look).observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true, attributes: true });
})()`;

/** Pages with the list of events open, each in a browser profile of its own, as twenty offices have them. */
export class OpenPages implements AsyncDisposable {
  readonly #visits: ConsoleVisit[] = [];

  static async open(browser: Browser, client: StaffClient, count: number): Promise<OpenPages> {
    const opened = new OpenPages();
    for (let i = 0; i < count; i++) {
      const visit = await ConsoleVisit.begin(browser, client, { language: "en" });
      opened.#visits.push(visit);
      await visit.open("overview");
      await visit.page.locator('.live-mark[data-state="live"]').waitFor();
      await visit.page.evaluate(watchRows);
    }
    return opened;
  }

  get pages(): readonly Page[] {
    return this.#visits.map(({ page }) => page);
  }

  /** From the commit of each entry, which `committed` holds, to its row on each page that drew it. */
  async waitsMs(committed: ReadonlyMap<number, number>): Promise<readonly number[]> {
    const waits: number[] = [];
    for (const page of this.pages) {
      const seen = (await page.evaluate("[...window.rowsSeen]")) as [number, number][];
      for (const [index, at] of seen) {
        const from = committed.get(index);
        if (from !== undefined) waits.push(at - from);
      }
    }
    return waits.sort((a, b) => a - b);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const visit of this.#visits) await visit[Symbol.asyncDispose]();
  }
}
