import { expect, test } from "vitest";
import type { DayTotals } from "#cli/demo/day.ts";
import { serviceNames } from "#contract/services.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { runCommand } from "#test/support/run-command.ts";

/** Services that no box of the demonstration stands for: their methods ask for a phone. */
const without = ["member.card", "site.login", "company.identity-check", "shelter.identity-check"];

test("a day in the city: every service, two hours alone, every fraud refused, and a console can be opened on it", async () => {
  using folder = temporaryFolder();
  const kept = `${folder.path}/day`;
  const { status, out } = await runCommand(["demo", "day", "--json", "--keep", kept]);
  expect(status).toBe(0);
  const day = JSON.parse(out) as DayTotals;
  expect(day).toMatchObject({ residents: 1_000, boxes: 40, ledgerIntact: true });
  expect(day.waitedForNetwork).toBeGreaterThan(100);
  expect([...Object.keys(day.decisions), ...without].sort()).toEqual([...serviceNames].sort());

  expect(day.frauds.length).toBeGreaterThanOrEqual(20);
  expect(new Set(day.frauds.map(({ what }) => what)).size).toBe(day.frauds.length);
  for (const { what, refusedWith } of day.frauds) {
    expect(refusedWith, what).toMatch(/^([A-Z][A-Z_]{3,}|[a-z]+(-[a-z]+)+)$/);
    expect(["not refused", "admit", "ask-card"], what).not.toContain(refusedWith);
  }

  await using running = await startGateway(`${kept}/gateway`);
  const { gateway, httpUrl } = running;
  const reader = new ApiClient(gateway, httpUrl, [
    ...(["shelter:read", "taxi:read", "payment:read", "bus:read", "medical:read"] as const),
  ]);
  expect(gateway.ledger.count).toBeGreaterThanOrEqual(day.ledgerEntries);
  const sites = await reader.json("/api/shelter/sites");
  expect(sites).toMatchObject({ shelters: [{}, {}, {}, {}] });
  const { rows } = await reader.json("/api/shelter/evacuees?limit=500");
  const named = (rows as { details: unknown }[]).filter(({ details }) => details !== null);
  expect(named).toHaveLength(16);
  expect(await reader.json("/api/shelter/duplicates")).toMatchObject({ duplicates: [{}] });
  expect(await reader.json("/api/taxi/matters")).toMatchObject({ overdraws: [{ ofDay: 3 }] });
  const { view: bus } = await reader.json("/api/views/bus.boarding");
  const [busDay] = (bus as BusBoarding).serviceDays;
  // Both ends of many rides are known, and a guardian brought a friend and a child.
  expect(busDay?.journeys.length).toBeGreaterThan(10);
  expect(busDay?.journeys.reduce((sum, { people }) => sum + people, 0)).toBeGreaterThan(200);
  expect(day.records).toMatchObject({ "bus.group-boarded": 1, "taxi.claim-stated": 4 });
  const claim = await reader.get("/api/taxi/claims.csv?company=company-1&month=2026-11");
  expect((await claim.text()).split("\r\n").length).toBeGreaterThan(5);
  const { view: crews } = await reader.json("/api/views/medical.emergency");
  expect(crews).toMatchObject({
    noticesOwed: [],
    lookups: [{ flaw: null, shown: [{}], told: [{}] }],
  });
  const payments = await (await reader.get("/api/payments.csv?merchant=jeweller")).text();
  expect(payments.split("\r\n").filter((row) => row.startsWith("jeweller,"))).toHaveLength(2);
});
