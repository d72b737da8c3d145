import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { PageName } from "#gateway/console/page-paths.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsoleVisit, type VisitOptions } from "#test/support/console-visit.ts";
import { Evening } from "./pictures/evening.ts";

interface Picture extends VisitOptions {
  readonly name: string;
  readonly page: PageName;
  readonly query?: string;
  /** The name of a button to press first. */
  readonly press?: string;
}

/** Until what a page asked for is there and drawn. */
const settleMs = 1_500;

/** The pictures that README.md and docs/ show. */
const pictures: readonly Picture[] = [
  { name: "overview", page: "overview", height: 1_180 },
  { name: "overview-dark", page: "overview", theme: "dark", language: "en" },
  { name: "devices", page: "devices" },
  { name: "map", page: "map", height: 1_060 },
  { name: "bus", page: "bus", language: "en", height: 1_180 },
  { name: "policy", page: "policy", height: 1_180, press: "この行を取り込む" },
  { name: "shelter", page: "shelter", height: 1_000 },
  { name: "shelter-entry", page: "shelter", press: "手で登録" },
  { name: "attendance", page: "attendance" },
  { name: "taxi", page: "taxi", language: "zh", theme: "dark" },
  { name: "quarantine", page: "quarantine", language: "pt" },
  { name: "ledger", page: "ledger", query: "?index=1000", height: 1_180 },
  { name: "phone", page: "overview", width: 390, height: 844, language: "easy" },
];

/** Plays the day and takes the pictures into a folder; with names only those. */
export async function takePictures(folder: string, names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium({ camera: "absent" });
  if (!browser) throw new Error("pictures need /usr/bin/chromium");
  try {
    await using evening = await Evening.begin();
    const wanted = pictures.filter(({ name }) => names.length === 0 || names.includes(name));
    for (const picture of wanted) await take(browser, evening, picture, folder);
  } finally {
    await browser.close();
  }
}

async function take(
  browser: Browser,
  { administrator }: Evening,
  picture: Picture,
  folder: string,
) {
  const { name, page, query = "", press, width = 1_440, height = 900, ...choices } = picture;
  await using visit = await ConsoleVisit.begin(browser, administrator, {
    ...choices,
    width,
    height,
  });
  await visit.open(page, query);
  await visit.page.waitForTimeout(settleMs);
  if (press) await visit.page.getByRole("button", { name: press }).click();
  await visit.page.screenshot({ path: join(folder, `console-${name}.png`) });
}
