import type { Page } from "playwright-core";

/** What a clerk pressed. */
export interface Typed {
  /** Keys of a Japanese keyboard: two for each kana, and each Tab and Space. */
  readonly keys: number;
}

/** Fields in the order of the form, as a clerk fills in somebody who has neither card nor face here. */
const fields = [
  ["[name=kana]", (turn: number) => `さとう はなこ${"あいうえお"[turn % 5]}`],
  ["[name=age]", () => "72"],
  ["[name=address]", () => "大手町2-12"],
  ["[name=phone]", () => "0272241111"],
] as const;

/** Fills the form in and sends it with the keyboard alone, and counts what was pressed. */
export async function fillByKeyboard(page: Page, turn: number): Promise<Typed> {
  let keys = 0;
  await page.locator("[name=kana]").focus(); // There it stands after the one before.
  for (const [field, text] of fields) {
    keys += await tabTo(page, field);
    await page.keyboard.type(text(turn));
    keys += [...text(turn)].reduce((sum, sign) => sum + (/[\p{L}]/u.test(sign) ? 2 : 1), 0);
  }
  keys += await tabTo(page, "#needs-list [value=medicine]");
  await page.keyboard.press("Space");
  // From any field Enter sends the form.
  await page.keyboard.press("Enter");
  return { keys: keys + 2 };
}

async function tabTo(page: Page, selector: string): Promise<number> {
  for (let keys = 0; keys < 60; keys++) {
    if ((await page.locator(`${selector}:focus`).count()) > 0) return keys;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not come to ${selector}`);
}
