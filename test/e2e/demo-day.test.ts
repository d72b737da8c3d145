import { expect, test } from "vitest";
import type { DayTotals } from "#cli/demo/day.ts";
import { main } from "#cli/main.ts";
import { serviceNames } from "#contract/services.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { ApiClient } from "#test/support/api-client.ts";

/** Services that no box of the demonstration stands for: their methods ask for a phone. */
const without = ["member.card", "site.login", "company.identity-check", "shelter.identity-check"];

test("a day in the city: every service, two hours alone, every fraud refused, and a console can be opened on it", async () => {
  using folder = temporaryFolder();
  const kept = `${folder.path}/day`;
  const said: string[] = [];
  const status = await main(["demo", "day", "--json", "--keep", kept], {
    ...{ out: (text: string) => void said.push(text), err: () => undefined, interactive: false },
    signal: new AbortController().signal,
  });
  expect(status).toBe(0);
  const day = JSON.parse(said.join("")) as DayTotals;
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
  const reader = new ApiClient(gateway, httpUrl, ["shelter:read", "taxi:read", "payment:read"]);
  expect(gateway.ledger.count).toBeGreaterThanOrEqual(day.ledgerEntries);
  const sites = await reader.json("/api/shelter/sites");
  expect(sites).toMatchObject({ shelters: [{}, {}, {}, {}] });
  const { rows } = await reader.json("/api/shelter/evacuees?limit=500");
  const named = (rows as { details: unknown }[]).filter(({ details }) => details !== null);
  expect(named).toHaveLength(16);
  expect(await reader.json("/api/shelter/duplicates")).toMatchObject({ duplicates: [{}] });
  expect(await reader.json("/api/taxi/matters")).toMatchObject({ overdraws: [{ ofDay: 3 }] });
  const payments = await (await reader.get("/api/payments.csv?merchant=jeweller")).text();
  expect(payments.split("\r\n").filter((row) => row.startsWith("jeweller,"))).toHaveLength(2);
}, 240_000);
