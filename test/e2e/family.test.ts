import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { axeViolations } from "#test/support/axe.ts";
import { withAuthenticator } from "#test/support/browser-passkey.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";

const patience = { timeout: 60_000, interval: 100 };
const mother = { kana: "てぶら めぐみ", birthDate: "1980-05-06" };
let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let clerk: ApiClient;

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  browser = await launchChromium({ camera: "absent" });
  clerk = new ApiClient(running.gateway, running.httpUrl, ["shelter:read", "shelter:write"]);
  const site = { shelter: "momonoki", label: "桃木小学校", capacity: 100, open: true };
  await clerk.post("/api/shelter/sites", site);
  for (const [kana, isProtected] of [
    ["てぶら はな", false],
    ["かくれ さき", true],
  ] as const) {
    const details = { kana, birthDate: "2012-03-04" };
    const entry = { shelter: "momonoki", details, families: [mother], protected: isProtected };
    await clerk.post("/api/shelter/entries", entry);
  }
});
afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** Types a question with the keyboard alone. */
async function ask(page: Page, kana: string): Promise<string> {
  await page.locator("#kana").focus();
  for (const text of [kana, "2012", "3", "4"]) {
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
    if (text !== "4") await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("#answer p").count(), patience).toBeGreaterThan(0);
  return await page.locator("#answer").innerText();
}

test.for([
  ["ja-JP", "無事です。避難先： 桃木小学校", "お知らせできる情報はありません"],
  ["en-GB", "Safe, at: 桃木小学校", "There is nothing that we can tell you"],
] as const)(
  needsChromium("a mother asks for her child at the page, with the keyboard alone, in %s"),
  async ([locale, safe, nothing], { skip }) => {
    if (!browser) skip();
    const { body } = await clerk.post("/api/family/admissions", mother);
    const context = await browser!.newContext({ locale });
    const page = await context.newPage();
    await withAuthenticator(page);
    await page.goto(`${running.pageUrl}/family`);
    await page.locator("#sign-in:focus").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // Opens the part for those who were given a code.
    await page.keyboard.press("Tab");
    await page.keyboard.type(body["code"] as string);
    await page.keyboard.press("Enter");
    await page.locator("#kana:focus").waitFor();
    expect(await ask(page, "てぶら はな")).toContain(safe);
    expect(await axeViolations(page)).toEqual([]);
    const hidden = await ask(page, "かくれ さき");
    expect(hidden).toContain(nothing);
    expect(await ask(page, "いない ひと")).toBe(hidden);
    await page.locator("#sign-out").press("Enter");
    await page.locator("#sign-in:focus").waitFor();
    await page.keyboard.press("Enter"); // By passkey now; the code is spent.
    await page.locator("#kana:focus").waitFor();
    expect(await page.locator("#kana").inputValue()).toBe("");
    await context.close();
  },
);

test.for([
  ["ja-JP", "light", "通学路で見かけた時刻"],
  ["en-GB", "dark", "Seen on the way"],
] as const)(
  needsChromium(
    "a guardian whom the school admitted sees her own child, with the keyboard alone, in %s",
  ),
  async ([locale, colorScheme, word], { skip }) => {
    if (!browser) skip();
    const { gateway, httpUrl } = running;
    const opens = ["school:write", "persons:write", "guardians:write"] as const;
    const office = new ApiClient(gateway, httpUrl, opens);
    const persons = [
      { reference: "G-1", name: "青井 恵" },
      { reference: "C-1", name: "青井 花" },
    ];
    await office.post("/api/registry/persons", { records: persons });
    const bond = { guardian: "G-1", ward: "C-1", relation: "mother", notify: false };
    await office.post("/api/registry/guardians", { records: [bond] });
    const service = "school.route-watch" as const;
    const person = gateway.persons.pseudonymOf(service, gateway.persons.idOf("C-1")!);
    const made = { type: "decision.made", service, outcome: "admit" } as const;
    await gateway.desk.record({ ...made, reason: "face-matched", person, evidence: [] });
    for (const width of [360, 1_920]) {
      const viewport = { width, height: 900 };
      const context = await browser!.newContext({ locale, colorScheme, viewport });
      const page = await context.newPage();
      await withAuthenticator(page);
      await page.goto(`${running.pageUrl}/family`);
      await page.locator("#sign-in:focus").waitFor();
      const { body } = await office.post("/api/family/guardians", { guardian: "G-1" });
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await page.keyboard.type(body["code"] as string);
      await page.keyboard.press("Enter");
      await page.locator("#ward-buttons button:focus").waitFor();
      expect(await page.locator("#asking").isVisible()).toBe(false);
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator("#ward").innerText(), patience).toContain(word);
      expect(await page.locator("#ward").innerText()).toContain("青井 花");
      expect(await axeViolations(page)).toEqual([]);
      const { scrollWidth } = (await page.evaluate(
        "({ scrollWidth: document.documentElement.scrollWidth })",
      )) as { readonly scrollWidth: number };
      expect(scrollWidth).toBeLessThanOrEqual(width);
      await context.close();
    }
  },
);
