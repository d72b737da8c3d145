import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { axeViolations } from "#test/support/axe.ts";
import { withAuthenticator } from "#test/support/browser-passkey.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";

type Running = Awaited<ReturnType<typeof startGateway>>;
const patience = { timeout: 60_000, interval: 100 };
let folder: ReturnType<typeof temporaryFolder>;
let running: Running;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let context: BrowserContext;
let page: Page;
/** As the first administrator wrote them down. */
let recoveryCodes: readonly string[] = [];

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  browser = await launchChromium({ camera: "absent" });
  context = await browser!.newContext({ locale: "ja-JP" });
  page = await context.newPage();
  await withAuthenticator(page);
});
afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

const told = (on = page) => on.locator("#told").textContent();

test(
  needsChromium(
    "with the keyboard alone: first start, recovery codes, sign-out, and in again by passkey",
  ),
  async ({ skip }) => {
    if (!browser) skip();
    await page.goto(`${running.httpUrl}/first-start`); // 127.0.0.1, where no passkey works.
    expect(page.url()).toBe(`${running.pageUrl}/first-start`);
    await page.keyboard.type("0000-0000-0000-0000-0000");
    await page.keyboard.press("Enter");
    await expect.poll(told, patience).toContain("このコードは使えません");
    await page.keyboard.press("Control+A");
    await page.keyboard.type(running.firstStart!.code.toLowerCase());
    await page.keyboard.press("Enter");
    await page.locator("#name").waitFor();
    await page.keyboard.type("木村");
    await page.keyboard.press("Enter");
    await page.locator("#kept").waitFor();
    recoveryCodes = await page.locator("#codes li").allTextContents();
    expect(new Set(recoveryCodes).size).toBe(10);
    await page.keyboard.press("Enter"); // The button that goes on has the focus.
    await page.waitForURL(`${running.pageUrl}/`);
    await page.goto(`${running.pageUrl}/account`);
    await expect.poll(() => page.locator("#who").textContent(), patience).toBe("木村");
    expect(await axeViolations(page)).toEqual([]);
    await page.locator("#language").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${running.pageUrl}/sign-in`);
    expect(await context.cookies()).toEqual([]);
    await page.goto(`${running.pageUrl}/sign-in?then=/account`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${running.pageUrl}/account`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  },
);

test(
  needsChromium("a second passkey, another place to be signed in, and both gone again"),
  async ({ skip }) => {
    if (!browser) skip();
    const elsewhere = await browser!.newContext({ locale: "en-GB" });
    const other = await elsewhere.newPage();
    await withAuthenticator(other);
    await other.goto(`${running.pageUrl}/recover?then=/account`);
    await other.keyboard.type(recoveryCodes[0]!);
    await other.keyboard.press("Enter");
    await other.waitForURL(`${running.pageUrl}/account`);
    await expect.poll(() => other.locator("#codes-left").textContent(), patience).toBe("9");
    await page.reload();
    await expect.poll(() => page.locator("#passkeys li").count(), patience).toBe(2);
    await expect.poll(() => page.locator("#sessions li").count(), patience).toBe(2);
    await page.locator("#sessions button").click();
    await expect.poll(() => page.locator("#sessions li").count(), patience).toBe(1);
    await other.locator("#add-passkey").click();
    await other.waitForURL(/sign-in\?then=/);
    await other.goto(`${running.pageUrl}/recover`);
    await other.keyboard.type(recoveryCodes[0]!);
    await other.keyboard.press("Enter");
    await expect.poll(() => told(other), patience).toContain("This code is not good");
    await page.locator("#passkeys button").last().click();
    await expect.poll(() => page.locator("#passkeys li").count(), patience).toBe(1);
    await page.locator("#new-codes").click();
    await expect.poll(() => page.locator("#codes li").count(), patience).toBe(10);
    await elsewhere.close();
  },
);

test(
  needsChromium("somebody who cancels, or whose device cannot, is told what to do"),
  async ({ skip }) => {
    if (!browser) skip();
    const bare = await browser!.newContext({ locale: "en-GB" });
    const other = await bare.newPage();
    const session = await withAuthenticator(other);
    await other.goto(`${running.pageUrl}/sign-in`);
    await other.keyboard.press("Enter"); // An authenticator that holds no passkey for this place.
    await expect.poll(() => told(other), { timeout: 60_000 }).toMatch(/Cancelled|did not/);
    await session.send("WebAuthn.disable");
    await other.addInitScript("delete globalThis.PublicKeyCredential");
    await other.reload();
    await other.keyboard.press("Enter");
    await expect.poll(() => told(other), patience).toContain("knows no passkeys");
    await bare.close();
  },
);

test.for(["ja-JP", "en-GB"])(
  needsChromium("the pages are usable by everybody in %s, dark and light, on a phone too"),
  async (locale, { skip }) => {
    if (!browser) skip();
    for (const colorScheme of ["light", "dark"] as const) {
      const look = await browser!.newContext({
        locale,
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      const other = await look.newPage();
      for (const path of ["/sign-in", "/first-start", "/recover", "/family"]) {
        await other.goto(`${running.pageUrl}${path}`);
        await other.locator("h1").waitFor();
        expect(await axeViolations(other), `${path} ${colorScheme}`).toEqual([]);
        expect(await other.evaluate("document.documentElement.lang")).toBe(locale.slice(0, 2));
        expect(await other.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          360,
        );
        expect(await other.title()).not.toContain("undefined");
      }
      await look.close();
    }
  },
);
