import { expect } from "vitest";
import { needsChromium } from "#test/support/chromium.ts";
import { ConsoleVisit } from "#test/support/console-visit.ts";
import { consoleTest, openConsole } from "./console-suite.ts";
import { SmallCity } from "./small-city.ts";

const on = openConsole();

consoleTest.each([
  { language: "ja", open: "手で登録", reading: "やまだ たろう" },
  { language: "en", open: "Enter by hand", reading: "やまだ じろう" },
] as const)(
  needsChromium(
    "in $language an evacuee without a card is on the list after the reading and Enter, by keyboard alone",
  ),
  async ({ language, open, reading }) => {
    await using visit = await on.visit({ language });
    const { page } = visit;
    await visit.open("shelter");
    const button = page.getByRole("button", { name: open });
    await button.waitFor();
    const isFocused = async () =>
      (await page.evaluate("document.activeElement.textContent")) === open;
    for (let at = 0; at < 60 && !(await isFocused()); at++) await page.keyboard.press("Tab");
    expect(await isFocused()).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type(reading);
    await page.keyboard.press("Enter");
    await page.locator(".toast", { hasText: reading }).waitFor();
    // The next in the queue can be typed at once: the field is empty and has the focus again.
    const active = "[document.activeElement.tagName, document.activeElement.value]";
    expect(await page.evaluate(active)).toEqual(["INPUT", ""]);
    await page.keyboard.press("Escape");
    await page.getByRole("row", { name: reading }).waitFor();
    const answer = await on.city.administrator.send("/api/shelter/evacuees");
    expect(JSON.stringify(answer.body)).toContain(reading);
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("an entry without a reading is not sent, and says what is missing"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("shelter");
    await page.getByRole("button", { name: "Enter by hand" }).click();
    await page.getByLabel("Reading (kana)").fill("   ");
    await page.getByRole("button", { name: "Take in" }).click();
    await page.getByRole("alert").filter({ hasText: "Write how the name is read." }).waitFor();
  },
);

consoleTest(
  needsChromium("people are found by the reading of their name, in any kana"),
  async () => {
    await using visit = await on.visit();
    const { page } = visit;
    await visit.open("shelter");
    await page.getByRole("row", { name: "さとう はな" }).first().waitFor();
    await page.getByLabel("ふりがなで探す").fill("たなかじ");
    await page.getByRole("row", { name: "タナカ ジロウ" }).waitFor();
    expect(await page.getByRole("row", { name: "さとう はな" }).count()).toBe(0);
  },
);

consoleTest(
  needsChromium("a clerk corrects a child's day, and the reason stands beside it"),
  async () => {
    await using visit = await on.visit();
    const { page } = visit;
    await visit.open("attendance");
    await page.getByRole("button", { name: "上原 桜" }).click();
    await page.getByRole("dialog").getByLabel("状態").selectOption("late");
    await page.getByRole("dialog").getByLabel("理由").selectOption("told-by-guardian");
    await page.keyboard.press("Tab");
    await page.getByRole("dialog").getByRole("button", { name: "保存" }).click();
    const row = page.getByRole("row", { name: "上原 桜" });
    await row.getByText("遅刻").waitFor();
    await row.getByText("保護者の連絡").waitFor();
    const { body } = await on.city.administrator.send("/api/events?limit=1000");
    expect(JSON.stringify(body)).toContain('"school.corrected"');
  },
);

consoleTest(needsChromium("an operator finds the box that is silent, and what to do"), async () => {
  await using visit = await on.visit({
    width: 360,
    height: 740,
  });
  const { page } = visit;
  await visit.open("overview");
  await page.getByRole("link", { name: "応答なし" }).first().click();
  await page.getByRole("heading", { level: 1, name: "端末" }).waitFor();
  await page.locator(".table").getByRole("link", { name: "bus-9" }).click();
  const dialog = page.getByRole("dialog", { name: "bus-9" });
  await dialog.getByText("応答なし").first().waitFor();
  await dialog.getByText("電源とネットワーク").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

consoleTest(
  needsChromium("an auditor proves an event, and a proof that was tampered with does not hold"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("ledger");
    await page.getByRole("textbox", { name: "Event" }).fill("bus-1/7");
    await page.keyboard.press("Enter");
    await page.getByText("Proved.", { exact: true }).waitFor();
    expect(await page.locator(".pairs .badge[data-tone=good]").count()).toBeGreaterThanOrEqual(2);
    expect(await page.locator(".pairs .badge[data-tone=bad]").count()).toBe(0);
    await page.route("**/api/ledger/proof*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { proof: { path: string[]; event: string } };
      body.proof.event = body.proof.event.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
      await route.fulfill({ response: answer, json: body });
    });
    await page.getByRole("textbox", { name: "Event" }).fill("bus-1/8");
    await page.keyboard.press("Enter");
    await page.getByText("Not proved.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Verify the ledger" }).click();
    await page.getByText(/^Intact: \d/).waitFor();
  },
);

consoleTest(
  needsChromium(
    "what is committed stands on the page at once, and again after the gateway was away",
  ),
  async () => {
    const own = await SmallCity.open();
    try {
      await using visit = await ConsoleVisit.begin(on.browser, own.administrator, {
        language: "en",
      });
      const { page } = visit;
      await visit.open("overview");
      await page.locator('.live-mark[data-state="live"]').waitFor();
      const newest = async () =>
        Number((await page.locator(".table tbody a").first().textContent())?.replace(/\D/g, ""));
      await own.board(1);
      await expect.poll(newest).toBe(own.running.gateway.ledger.count);
      await own.restart();
      await page.locator('.live-mark[data-state="live"]').waitFor({ timeout: 60_000 });
      await own.board(2);
      await expect.poll(newest, { timeout: 60_000 }).toBe(own.running.gateway.ledger.count);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  },
);

consoleTest(needsChromium("what a box or a clerk writes is shown, and never run"), async () => {
  const script = '<img src=x onerror="window.ran=1">';
  const details = { kana: `${script}あ`, name: "=cmd|' /C calc'!A0" };
  await on.city.administrator.post("/api/shelter/entries", { shelter: "momonoki", details });
  await using visit = await on.visit();
  await visit.open("shelter");
  await visit.page.getByText(script).first().waitFor();
  expect(await visit.page.evaluate("window.ran ?? null")).toBeNull();
  expect(visit.troubles).toEqual([]);
});
