import type { Browser } from "playwright-core";
import { ConsoleVisit } from "#test/support/console-visit.ts";
import type { StaffClient } from "#test/support/staff-client.ts";

export interface Weight {
  readonly files: number;
  /** As they cross the wire, headers included. */
  readonly bytes: number;
}

/** What the first visit to the overview loads of the console itself, and what of data. */
export async function weigh(
  browser: Browser,
  client: StaffClient,
): Promise<{ readonly pages: Weight; readonly data: Weight }> {
  await using visit = await ConsoleVisit.begin(browser, client);
  const sums = { pages: { files: 0, bytes: 0 }, data: { files: 0, bytes: 0 } };
  visit.page.on("requestfinished", (request) => {
    const isData = new URL(request.url()).pathname.startsWith("/api/");
    void request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
      const sum = sums[isData ? "data" : "pages"];
      sum.files += 1;
      sum.bytes += responseBodySize + responseHeadersSize;
    });
  });
  await visit.open("overview");
  await visit.page.waitForTimeout(2_000);
  return sums;
}
