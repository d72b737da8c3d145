import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { PageName } from "#gateway/console/page-paths.ts";
import { systemClock } from "#runtime/clock.ts";
import { face, person } from "#test/gateway/service-events.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { ConsoleVisit } from "#test/support/console-visit.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const on = openConsole();

/** The city's one box says something, and the number of what it said. */
async function say(body: EventBody): Promise<number> {
  const { bus, running } = on.city;
  await bus.publish(await bus.next(body, { at: systemClock.wall() as WallMs }));
  await running.gateway.ingest.settled();
  return bus.sequence;
}

const admit = async (service: Service, who: string) =>
  await say({
    ...{ type: "decision.made", service, outcome: "admit", reason: "face-matched" },
    ...{ person: person(who), evidence: [face] },
  });

const works = async (service: Service, place: string) =>
  await on.city.running.gateway.desk.record({
    ...{ type: "place.box-assigned", service, box: on.city.bus.id, from: 0 as WallMs },
    place: place as never,
  });

async function at(name: PageName, work: (page: Page) => Promise<void>): Promise<void> {
  await using visit = await on.visit({ language: "en" });
  await visit.open(name);
  await work(visit.page);
  // A desk that refuses answers 4xx, which a browser always says too.
  expect(visit.troubles.filter((line) => !/status of 4\d\d/.test(line))).toEqual([]);
}

consoleTest(
  needsChromium("a reception receives somebody by hand, calls the next one, and says who was seen"),
  async () => {
    await at("medical", async (page) => {
      for (let received = 1; received <= 2; received++) {
        await page.getByRole("button", { name: "Receive by hand" }).click();
        await page.getByLabel("Clinic").fill("hirose");
        await page.getByLabel("Why by hand").selectOption("no-card");
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("button", { name: "Receive by hand" }).click();
        await dialog.waitFor({ state: "hidden" });
        await expect.poll(() => page.locator("main tbody tr").count()).toBe(received);
      }
      await page.getByRole("button", { name: "Call the next" }).click();
      const first = page.locator("main tbody tr").first();
      await first.getByText("Called", { exact: true }).waitFor();
      await first.getByRole("button", { name: "Seen" }).click();
      await first.locator(".badge", { hasText: "Seen" }).waitFor();
      expect(await first.getByRole("button").count()).toBe(0);

      const crews = page.getByRole("region", { name: "Emergency crews" });
      await crews.getByRole("button", { name: "Admit somebody" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Their code at the counter").fill(person("c"));
      await dialog.getByLabel("Until").fill("2099-01-01T00:00");
      await dialog.getByRole("button", { name: "Admit somebody" }).click();
      await crews.getByText("May look up").waitFor();
      await crews.getByRole("button", { name: "Dismiss" }).click();
      await dialog.getByRole("button", { name: "Dismiss" }).click();
      await crews.getByText("Dismissed").waitFor();
    });
  },
);

consoleTest(
  needsChromium("a taxi's clerk grants an entitlement, decides on a ride, and states a claim"),
  async () => {
    const tap = await admit("taxi.subsidised-ride", "t");
    const rider = { person: person("t"), tap, tapAgoMs: 60_000, subsidyYen: 700 };
    const left = { leftToday: 1, leftThisYear: 119, allowance: null };
    await say({
      ...{ type: "taxi.ride-ended", company: "C-1", fareYen: 1_400 },
      riders: [{ ...rider, ...left }],
    });
    await at("taxi", async (page) => {
      await page.getByText("Not entitled").first().waitFor();
      await page.getByRole("button", { name: "Decide" }).first().click();
      await page.getByLabel("Decision").selectOption("not-paid");
      await page.getByRole("dialog").getByRole("button", { name: "Decide" }).click();
      await page.locator(".badge", { hasText: "Not paid" }).first().waitFor();

      await page.getByRole("button", { name: "Grant an entitlement" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Grant an entitlement" }).click();
      await dialog.getByText("Fill in every field").waitFor();
      await dialog.getByLabel("The person's code").fill(person("u"));
      await dialog.getByLabel("Number of the entitlement").fill("E-7");
      await dialog.getByLabel("Category").selectOption("pregnancy");
      await dialog.getByLabel("From").fill("2026-04-01");
      await dialog.getByRole("button", { name: "Grant an entitlement" }).click();
      const row = page.getByRole("row").filter({ hasText: "Pregnancy" });
      await row.getByRole("button", { name: "End it" }).click();
      await dialog.getByLabel("From").fill("2026-05-01");
      await dialog.getByRole("button", { name: "End it" }).click();
      await row.getByText("2026-05-01").waitFor();

      await page.getByRole("button", { name: "Book a ride" }).click();
      await dialog.getByLabel("Number of the booking").fill("B-1");
      await dialog.getByLabel("Company").fill("C-1");
      await dialog.getByLabel("The person's code").fill(person("u"));
      await dialog.getByLabel("Boards from").fill("2026-05-01T09:00");
      await dialog.getByLabel("Boards until").fill("2026-05-01T09:30");
      await dialog.getByRole("button", { name: "Book a ride" }).click();
      const booked = page.getByRole("row").filter({ hasText: "B-1" });
      await booked.getByRole("button", { name: "Cancel it" }).waitFor();
      await page.getByRole("button", { name: "Register a proxy" }).click();
      await dialog.getByLabel("The person's code").fill(person("u"));
      await dialog.getByLabel("The proxy's code").fill(person("v"));
      await dialog.getByLabel("From").fill("2026-04-01");
      await dialog.getByRole("button", { name: "Register a proxy" }).click();
      const riding = page.getByRole("region", { name: "Who may ride for somebody" });
      await riding.getByRole("button", { name: "End it" }).click();
      await dialog.getByRole("button", { name: "End it" }).click();
      await riding.getByText("Ended").waitFor();
      await booked.getByRole("button", { name: "Cancel it" }).click();
      await dialog.getByRole("button", { name: "Cancel it" }).click();
      await booked.getByText("Cancelled").waitFor();

      await page.getByRole("button", { name: "State a company's claim" }).click();
      await dialog.getByLabel("Company").fill("C-1");
      const month = new Date(systemClock.wall() + 9 * 3_600_000).toISOString().slice(0, 7);
      await dialog.getByLabel("Month").fill(month);
      await dialog.getByRole("button", { name: "State a company's claim" }).click();
      await dialog.getByText(/^\d+ rides, ¥/).waitFor();
    });
  },
);

consoleTest(
  needsChromium(
    "a taxi company's office sees its own rides and bookings, and states its own claim",
  ),
  async () => {
    const { administrator, running } = on.city;
    for (const company of ["C-5", "C-6"]) {
      const tap = await admit("taxi.subsidised-ride", "w");
      const rider = { person: person("w"), tap, tapAgoMs: 60_000, subsidyYen: 700 };
      const left = { leftToday: 1, leftThisYear: 119, allowance: null };
      const riders = [{ ...rider, ...left }];
      await say({ type: "taxi.ride-ended", company, fareYen: 1_400, riders });
    }
    // Another role that holds everywhere lends the one of a company nothing.
    const grants = [
      { role: "transport", sites: ["C-5"] },
      { role: "operator", sites: null },
    ];
    const { body } = await administrator.post("/api/staff/accounts", { name: "人", grants });
    const clerk = new StaffClient(running.pageUrl);
    await clerk.begin(body["code"] as string);
    await using visit = await ConsoleVisit.begin(on.browser, clerk, { language: "en" });
    await visit.open("taxi");
    const { page } = visit;
    const rides = page.getByRole("region", { name: "Rides" });
    await rides.getByText("¥1,400").waitFor();
    expect(await rides.locator("tbody tr").count()).toBe(1);
    expect(await page.getByRole("region").filter({ hasText: "C-6" }).count()).toBe(0);
    for (const cityOnly of ["Who may ride for somebody", "To decide"]) {
      expect(await page.getByRole("region", { name: cityOnly }).count(), cityOnly).toBe(0);
    }
    await page.getByRole("button", { name: "State a company's claim" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByLabel("Company").inputValue()).toBe("C-5");
    const month = new Date(systemClock.wall() + 9 * 3_600_000).toISOString().slice(0, 7);
    await dialog.getByLabel("Month").fill(month);
    await dialog.getByRole("button", { name: "State a company's claim" }).click();
    await dialog.getByText(/^\d+ rides, ¥/).waitFor();
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("a box office sets a performance up, and says what an entry without a ticket was"),
  async () => {
    await works("event.entry", "concert");
    await at("tickets", async (page) => {
      await page.getByRole("button", { name: "Set up a performance" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Performance (id)").fill("concert");
      await dialog.getByLabel("Begins").fill("2026-12-24T18:30");
      await dialog.getByLabel("Seats").fill("300");
      await dialog.getByLabel("Price in yen").fill("3500");
      await dialog.getByRole("button", { name: "Set up a performance" }).click();
      await page.getByRole("heading", { name: /concert · Dec 24/ }).waitFor();
      const { body } = await on.city.administrator.send("/api/views/event.entry");
      // Half past six in the evening in Tokyo, wherever the browser stands.
      expect(JSON.stringify(body)).toContain(`"startsAt":${Date.parse("2026-12-24T09:30:00Z")}`);

      await page.getByRole("button", { name: "Sell", exact: true }).click();
      await dialog.getByLabel("The person's code").fill(person("b"));
      await dialog.getByLabel(/Decision in which/).fill("bus-1/1");
      await dialog.getByRole("button", { name: "Sell" }).click();
      await dialog.getByText(/does not prove it|not on record/).waitFor();
      await page.keyboard.press("Escape");
    });
    await admit("event.entry", "c");
    await at("tickets", async (page) => {
      const row = page.getByRole("row").filter({ hasText: "No ticket" });
      await row.getByRole("button", { name: "Say what it was" }).click();
      await page.getByLabel("What it was", { exact: true }).selectOption("sent-out");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await row.waitFor({ state: "detached" });
    });
  },
);

consoleTest(needsChromium("a payment is taken back, with who wanted it"), async () => {
  await works("payment", "bakery");
  const decision = { device: on.city.bus.id, sequence: await admit("payment", "p") };
  const paid = await on.city.administrator.post("/api/payments", {
    ...{ merchant: "bakery", reference: "R-1", amountYen: 800, currency: "JPY", decision },
  });
  expect(paid.status).toBe(200);
  await at("payments", async (page) => {
    const row = page.getByRole("row").filter({ hasText: "bakery R-1" });
    await row.getByRole("button", { name: "Take back" }).click();
    await page.getByLabel("Because of").selectOption("customer");
    await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
    await row.getByText("Taken back").waitFor();
    expect(await row.getByRole("button").count()).toBe(0);
  });
  const { body } = await on.city.administrator.send("/api/views/payment");
  expect(JSON.stringify(body)).toContain('"voidedWhy":"customer"');
});
