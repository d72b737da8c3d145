import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placed } from "#gateway/ledger/placed.ts";
import { guarded, open, type ProtectedCity, protectedCity } from "#test/gateway/protected-city.ts";
import { axeViolations } from "#test/support/axe.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { ConsoleVisit, firstAdministrator } from "#test/support/console-visit.ts";
import { StaffClient } from "#test/support/staff-client.ts";

const consoleTest = test.skipIf(!hasChromium());
let browser: Browser | undefined;
let place: ProtectedCity;
let administrator: StaffClient;
beforeAll(async () => {
  if (!hasChromium()) return;
  [browser, place] = await Promise.all([launchChromium({ camera: "absent" }), protectedCity()]);
  administrator = await firstAdministrator(place);
});
afterAll(async () => {
  await browser?.close();
  await place?.[Symbol.asyncDispose]();
});

async function clerk(role: string) {
  const grants = [{ role, sites: null }];
  const { body } = await administrator.post("/api/staff/accounts", { name: "人", grants });
  const client = new StaffClient(place.pageUrl);
  expect((await client.begin(body["code"] as string)).status).toBe(200);
  return { client, id: (body["account"] as { id: string }).id };
}

const show = { name: "Show people under protection" };
const hide = { name: "Hide them again" };

/** Looks at an answer's people, as the ledger has them. */
function looks() {
  const bodies = place.gateway.ledger.after(0, 100_000).map((entry) => placed(entry).event.body);
  return bodies.flatMap((body) =>
    body.type === "registry.looked" && body.what === "answer" ? [body] : [],
  );
}

/** Opens the question, and gives a reason. */
async function giveReason({ page }: ConsoleVisit, why: string): Promise<void> {
  await page.getByRole("button", show).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").selectOption(why);
  await dialog.getByRole("button", show).click();
}

consoleTest(
  needsChromium("a school's clerk sees whom the class hides, for a reason that is on record"),
  async () => {
    const { client, id } = await clerk("school");
    await using visit = await ConsoleVisit.begin(browser!, client, { language: "en" });
    const { page } = visit;
    await page.clock.install();
    await visit.open("attendance");
    const row = page.getByRole("row").filter({ hasText: guarded.name });
    const other = page.getByRole("row").filter({ hasText: open.name });
    await other.waitFor();
    expect(await row.count()).toBe(0);
    expect(looks()).toEqual([]);

    await page.getByRole("button", show).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", show).click();
    await dialog.getByRole("alert").getByText("Choose a reason").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByLabel("Reason").selectOption("guardian-notice");
    await dialog.getByRole("button", show).click();
    await row.waitFor();
    const notice = page.getByText("Reason: Notice to a guardian.");
    await notice.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const noted = looks();
    expect(noted.length).toBeGreaterThan(0);
    for (const look of noted) {
      expect(look).toMatchObject({ why: "guardian-notice", by: "school-attendance" });
      expect(look.persons).toEqual([place.nameOf(guarded.reference, "counter")]);
      expect(look.who).toBe(id);
    }

    // Whatever happens in the city: nothing is read again by itself, so nothing more is on record.
    const read: string[] = [];
    page.on("request", (request) => read.push(new URL(request.url()).pathname));
    await place.desk.record({
      type: "shelter.list-read",
      who: "staff:x",
      shelter: null,
      form: "csv",
    });
    await page.clock.fastForward(60_000);
    expect(read.filter((path) => path.startsWith("/api/school"))).toEqual([]);
    expect(looks()).toEqual(noted);

    await page.getByRole("button", hide).click();
    await other.waitFor();
    await expect.poll(() => row.count()).toBe(0);
    expect(await notice.count()).toBe(0);

    await giveReason(visit, "attendance");
    await row.waitFor();
    await page.clock.fastForward(5 * 60_000);
    await page.getByRole("button", show).waitFor();
    await other.waitFor();
    await expect.poll(() => row.count()).toBe(0);
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("a page that is left takes its reason with it, and the stream never has it"),
  async () => {
    await using visit = await ConsoleVisit.begin(browser!, administrator, { language: "en" });
    const { page } = visit;
    const said: (readonly [string, string])[] = [];
    page.on("request", (request) => {
      const why = request.headers()["x-tebura-reason"];
      if (why !== undefined) said.push([new URL(request.url()).pathname, why]);
    });
    await visit.open("shelter");
    await giveReason(visit, "evacuee-list");
    await expect.poll(() => said.map(([path]) => path)).toContain("/api/shelter/evacuees");
    await page.getByRole("link", { name: "Tickets", exact: true }).click();
    await page.getByRole("heading", { name: "Tickets", exact: true, level: 1 }).waitFor();
    await page.getByRole("button", show).waitFor();
    expect(await page.getByRole("button", hide).count()).toBe(0);
    expect(said.filter(([path]) => !path.startsWith("/api/shelter/"))).toEqual([]);
    expect(new Set(said.map(([, why]) => why))).toEqual(new Set(["evacuee-list"]));
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("somebody who was found under protection is gone from the page when the look ends"),
  async () => {
    await using visit = await ConsoleVisit.begin(browser!, administrator, { language: "en" });
    const { page } = visit;
    await visit.open("people");
    const find = async () => {
      await page.getByLabel("Office number").fill(guarded.reference);
      await page.getByRole("button", { name: "Search", exact: true }).click();
    };
    const found = page.getByRole("heading", { name: guarded.name });
    await find();
    await page.getByText("Nobody is found.").waitFor();
    await giveReason(visit, "counter");
    await find();
    await found.waitFor();
    await page.getByRole("button", hide).click();
    await expect.poll(() => found.count()).toBe(0);
    await find();
    await page.getByText("Nobody is found.").waitFor();
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("a role without the right has no button, and a reason alone gets it nothing"),
  async () => {
    const { client } = await clerk("transport");
    await using visit = await ConsoleVisit.begin(browser!, client, { language: "en" });
    const { page } = visit;
    await visit.open("taxi");
    const name = place.nameOf(guarded.reference, "taxi.subsidised-ride");
    await page.getByText("Entitled persons").first().waitFor();
    expect(await page.getByRole("button", show).count()).toBe(0);
    const path = "/api/views/taxi.subsidised-ride";
    const before = looks();
    const [plain, asked] = (await page.evaluate(`Promise.all([{}, { "x-tebura-reason": "subsidy" }]
      .map(async (headers) => {
        const answer = await fetch("${path}", { headers });
        return { status: answer.status, text: await answer.text() };
      }))`)) as { status: number; text: string }[];
    expect(plain).toMatchObject({ status: 200 });
    expect(plain?.text).not.toContain(name);
    expect(asked).toMatchObject({ status: 403 });
    expect(asked?.text).not.toContain(name);
    expect(looks()).toEqual(before);
    // The same question of whoever has the right shows that there was something to hide.
    const own = await administrator.send(path, { headers: { "x-tebura-reason": "subsidy" } });
    expect(JSON.stringify(own.body)).toContain(name);
  },
);

consoleTest(
  needsChromium("a clerk makes a class's calendar address, which is shown once, and ends it"),
  async () => {
    const { client } = await clerk("school");
    const week = [{ weekday: 1, begins: "08:30", ends: "15:00", dueBy: "09:00" }];
    const term = { from: "2026-03-01", until: "2027-03-31", timeZone: "Asia/Tokyo" };
    const set = await client.post("/api/school/timetables", { class: "C-1", ...term, week });
    expect(set.status).toBe(200);
    await using visit = await ConsoleVisit.begin(browser!, client, { language: "en" });
    const { page } = visit;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await visit.open("attendance");
    await page.getByText("No address has been made for this class.").waitFor();
    await page.getByRole("button", { name: "Make an address" }).click();
    const address = (await page.locator(".code-shown code").textContent()) ?? "";
    expect(address).toMatch(/^http.*\/api\/calendars\/[\w-]{43}\.ics$/);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(address);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.content()).not.toContain(address);
    const status = async () => (await fetch(address)).status;
    expect(await status()).toBe(200);

    const table = page.getByRole("region", { name: "Calendar addresses" });
    await table.getByRole("button", { name: "End", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
    await page.getByText("No address has been made for this class.").waitFor();
    expect(await status()).toBe(404);
    expect(visit.troubles).toEqual([]);
  },
);
