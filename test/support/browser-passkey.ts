import type { CDPSession, Page } from "playwright-core";

/** Gives a page an authenticator of the browser's own making, which says yes by itself. */
export async function withAuthenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return session;
}

/** Opens the gateway's pages as their first administrator. */
export async function beginInBrowser(page: Page, gateway: string, code: string): Promise<void> {
  await withAuthenticator(page);
  await page.goto(`${gateway}/first-start`);
  await page.locator("#code").fill(code);
  await page.locator("#make").click();
  await page.locator("#name").fill("管理者");
  await page.locator("#make").click();
  await page.locator("#go-on").click();
}
