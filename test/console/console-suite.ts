import type { Browser } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { hasChromium, launchChromium } from "#test/support/chromium.ts";
import { ConsoleVisit, type VisitOptions } from "#test/support/console-visit.ts";
import { SmallCity } from "./small-city.ts";

export const consoleTest = test.skipIf(!hasChromium());

/** One browser and one small city for all tests of a file, where there is a browser. */
export function openConsole() {
  let opened: { readonly browser: Browser; readonly city: SmallCity } | undefined;
  const there = () => {
    if (!opened) throw new Error("the city opens before the first test");
    return opened;
  };
  beforeAll(async () => {
    if (!hasChromium()) return;
    const [browser, city] = await Promise.all([
      launchChromium({ camera: "absent" }),
      SmallCity.open(),
    ]);
    if (browser) opened = { browser, city };
  });
  afterAll(async () => {
    await opened?.browser.close();
    await opened?.city[Symbol.asyncDispose]();
  });
  return {
    get browser(): Browser {
      return there().browser;
    },
    get city(): SmallCity {
      return there().city;
    },
    /** The first administrator's browser. */
    visit: async (options?: VisitOptions): Promise<ConsoleVisit> =>
      await ConsoleVisit.begin(there().browser, there().city.administrator, options),
  };
}
