import { expect } from "vitest";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { axeViolations } from "#test/support/axe.ts";
import { beginInBrowser } from "#test/support/browser-passkey.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { ShiftedClock } from "#test/support/shifted-clock.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const on = openConsole();

consoleTest(
  needsChromium("an official tries a stricter rule on the past, and sees whom it would turn away"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("policy");
    await page.getByRole("button", { name: "Take this row" }).click();
    const table = page.getByLabel("Rules that are changed (JSON)");
    await expect.poll(() => table.inputValue()).toContain('"bus.boarding"');
    await table.fill((await table.inputValue()).replace('"method": "face"', '"method": "wink"'));
    await page.getByRole("button", { name: "Run the past through it" }).click();
    await page.getByText("The table does not fit at bus.boarding").waitFor();
    await table.fill("not a table");
    await page.getByRole("button", { name: "Run the past through it" }).click();
    await page.getByText("This is no table in JSON.").waitFor();
    const stricter = { "bus.boarding": { method: "card" } };
    await page.getByLabel("Open a file").setInputFiles({
      ...{ name: "table.json", mimeType: "application/json" },
      buffer: Buffer.from(JSON.stringify(stricter)),
    });
    await expect.poll(() => table.inputValue()).toBe(JSON.stringify(stricter));
    await page.getByRole("button", { name: "Run the past through it" }).click();
    await page.getByText(/entries of the ledger were run through it/).waitFor();
    const rows = page.getByRole("row").filter({ hasText: "Face recognised" });
    await expect.poll(() => rows.count()).toBe(1);
    const told = await rows.first().innerText();
    // 27 of the 30 who boarded were recognised by the face alone.
    expect(told).toMatch(
      /27\s+Admitted\s+Face\s+Face recognised\s+Card asked for\s+Card\s+bus-1\//,
    );
    expect(visit.troubles.filter((line) => !line.includes("400"))).toEqual([]);
  },
);

consoleTest(
  needsChromium("an administrator invites a clerk, who begins; then other roles, and no account"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("accounts");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make the code" }).click();
    await dialog.getByText("Write a name.").waitFor();
    await dialog.getByLabel("Name").fill("山本");
    await dialog.getByLabel("Shelter", { exact: true }).check();
    await dialog.getByLabel("Shelter: only at").fill("Momonoki!");
    await dialog.getByText("An id has small letters, digits and hyphens.").waitFor();
    await dialog.getByLabel("Shelter: only at").fill("momonoki");
    await dialog.getByRole("button", { name: "Make the code" }).click();
    const code = (await page.locator(".code-shown code").textContent()) ?? "";
    const clerk = new StaffClient(on.city.running.pageUrl);
    expect((await clerk.begin(code)).status).toBe(200);
    expect((await clerk.send("/api/shelter/evacuees?shelter=momonoki")).status).toBe(200);
    expect((await clerk.send("/api/shelter/evacuees?shelter=chuo")).status).toBe(403);
    await page.keyboard.press("Escape");

    const row = page.getByRole("row", { name: "山本" });
    await row.getByRole("button", { name: "山本" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await page.getByText("Not signed in anywhere.").waitFor();
    expect((await clerk.send("/api/staff/me")).status).toBe(401);
    expect((await clerk.signIn()).status).toBe(200);
    await page.keyboard.press("Escape");

    await row.getByRole("button", { name: "Roles" }).click();
    await page.getByRole("dialog").getByLabel("Auditor").check();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await row.getByText("Auditor").waitFor();
    await row.getByRole("button", { name: "Close the account" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Close the account" }).click();
    await row.getByText("Closed").waitFor();
    expect((await clerk.signIn()).status).toBe(401);
    expect(visit.troubles).toEqual([]);

    // Each of it stands in the audit, by the account and not by the name.
    await visit.open("audit");
    await page.getByLabel("What").selectOption("account");
    for (const change of ["Invited", "Begun", "Signed out by an administrator", "Roles set"]) {
      await page.getByRole("row").filter({ hasText: change }).first().waitFor();
    }
    expect(await page.locator("main").innerText()).not.toContain("山本");
  },
);

consoleTest(
  needsChromium("an auditor goes back to the oldest look, however much came after it"),
  async () => {
    const { desk } = on.city.running.gateway;
    for (let at = 0; at < 130; at++) {
      await desk.record({
        ...{ type: "shelter.list-read", who: `api-key:${"f".repeat(16)}` },
        ...{ shelter: null, form: "csv" },
      });
    }
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("audit");
    const older = page.getByRole("button", { name: "Earlier ones" });
    await older.waitFor();
    await older.click();
    await page.getByText("That is all; the ledger begins here.").waitFor();
    await page.getByLabel("Account or key").fill(`api-key:${"f".repeat(16)}`);
    const count = async () =>
      Number(await page.locator("main table").getAttribute("aria-rowcount")) - 1;
    await older.waitFor();
    await expect.poll(count).toBe(100);
    await older.click();
    await expect.poll(count).toBe(130);
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium(
    "whoever has to show the passkey once more loses nothing of what they typed, and goes on",
  ),
  async () => {
    const folder = temporaryFolder();
    const clock = new ShiftedClock();
    const running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
    const context = await on.browser.newContext({ locale: "en-GB" });
    try {
      const page = await context.newPage();
      await beginInBrowser(page, running.pageUrl, running.firstStart!.code);
      await page.waitForURL(`${running.pageUrl}/`);
      await page.goto(`${running.pageUrl}/accounts`);
      const invite = page.getByRole("button", { name: "Invite somebody" });
      await invite.waitFor();
      const showPasskey = page.getByRole("button", { name: "Show the passkey" });
      expect(await showPasskey.count()).toBe(0);
      const form = page.getByRole("dialog", { name: "Invite somebody" });
      const makeCode = form.getByRole("button", { name: "Make the code" });
      const asks = (name: string) => page.getByRole("dialog", { name });

      // The session holds, and the passkey was shown too long ago for this.
      clock.pass(16 * 60_000);
      await invite.click();
      await form.getByLabel("Name").fill("山本");
      await form.getByLabel("Auditor").check();
      await makeCode.click();
      await asks("Your passkey once more").getByRole("button", { name: "Cancel" }).click();
      await form.getByText("That could not be done").waitFor();
      await makeCode.click();
      await asks("Your passkey once more").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await showPasskey.click();
      await page.locator(".code-shown").waitFor();
      await page.keyboard.press("Escape");

      // The session is over: nobody who comes by may read the page meanwhile.
      await invite.click();
      await form.getByLabel("Name").fill("山田");
      await form.getByLabel("Auditor").check();
      clock.pass(31 * 60_000);
      await page.evaluate(`document.querySelector("dialog[open] form").requestSubmit()`);
      await asks("Your session has ended").waitFor();
      expect(await page.locator("main").isVisible()).toBe(false);
      expect(await makeCode.isVisible()).toBe(false);
      expect(await axeViolations(page)).toEqual([]);
      await showPasskey.click();
      await page.locator(".code-shown").waitFor();
      const kept = await page.evaluate(
        "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])",
      );
      expect(kept).not.toContain("山田");
      await page.keyboard.press("Escape");

      // In another window somebody signs in anew: this one goes on with that session.
      await invite.click();
      await form.getByLabel("Name").fill("山口");
      await form.getByLabel("Auditor").check();
      await page.evaluate(signInElsewhere);
      await makeCode.click();
      await page.locator(".code-shown").waitFor();
      await page.keyboard.press("Escape");

      // Where nothing was typed, the page is left for the one where one signs in: by itself, or at a touch.
      clock.pass(31 * 60_000);
      const touched = page.getByRole("button", { name: "管理者" }).click({ timeout: 10_000 });
      await touched.catch(() => undefined);
      await page.waitForURL(`${running.pageUrl}/sign-in?then=%2Faccounts`);
      await page.locator("#sign-in").click();
      await page.waitForURL(`${running.pageUrl}/accounts`);
      await invite.waitFor();
    } finally {
      await context.close();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    }
  },
);

/** What another window of the same browser does when its owner signs in there. */
const signInElsewhere = `(async () => {
  const post = async (path, body) =>
    await (
      await fetch(path, {
        ...{ method: "POST", headers: { "content-type": "application/json" } },
        body: JSON.stringify(body),
      })
    ).json();
  const { ticket, options } = await post("/api/staff/sign-in/options", {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const response = (await navigator.credentials.get({ publicKey })).toJSON();
  await post("/api/staff/sign-in", { ticket, response });
})()`;
