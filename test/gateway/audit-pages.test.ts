import { expect, test } from "vitest";
import type { Look, LooksPage } from "#gateway/ledger/looks.ts";
import { looksBefore } from "#gateway/ledger/looks.ts";
import { office } from "#test/support/staff-office.ts";

type Answer = LooksPage & { readonly count: number };

test("whoever audits goes back through the whole ledger, page by page, and misses nothing", async () => {
  await using place = await office();
  const { administrator, gateway } = place;
  const reads = 7;
  for (let at = 0; at < reads; at++) {
    await gateway.desk.record({
      ...{ type: "shelter.list-read", who: `api-key:${"0".repeat(15)}${at}` },
      ...{ shelter: null, form: "csv" },
    });
  }
  const auditor = await place.member({ role: "auditor", sites: null });
  const seen: Look[] = [];
  let before = "";
  for (let pages = 0; pages < 50; pages++) {
    const { status, body } = await auditor.client.send(`/api/audit?limit=2${before}`);
    expect(status).toBe(200);
    const { looks, next } = body as unknown as Answer;
    seen.push(...looks);
    if (next === null) break;
    before = `&before=${next}`;
  }
  const indexes = seen.map(({ index }) => index);
  expect(indexes).toEqual([...indexes].sort((a, b) => b - a));
  expect(new Set(indexes).size).toBe(indexes.length);
  expect(seen.filter(({ type }) => type === "shelter.list-read")).toHaveLength(reads);
  const told = seen.find(({ why }) => why === "invited");
  expect(told).toMatchObject({ kind: "account", about: auditor.id });

  const ask = async (query: string) => (await administrator.send(`/api/audit?${query}`)).body;
  const one = `who=api-key:${"0".repeat(15)}3`;
  expect((await ask(one))["looks"]).toHaveLength(1);
  const kinds = ((await ask("kind=account"))["looks"] as Look[]).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(["account"]));
  expect((await administrator.send("/api/audit?limit=0")).status).toBe(400);
  expect((await administrator.send("/api/audit?who='; drop")).status).toBe(400);
  const operator = await place.member({ role: "operator", sites: null });
  expect((await operator.client.send("/api/audit")).status).toBe(403);
});

test("one question goes through so many entries and no more, and says where to go on", async () => {
  const count = 45_000;
  const sealed = `x.${Buffer.from(
    JSON.stringify({
      ...{ v: 1, device: "bus-1", sequence: 1, at: 0, clock: "signed", previous: "A".repeat(43) },
      body: { type: "clock.set", since: 1, offsetMs: 5 },
    }),
  ).toString("base64url")}.y`;
  const asked: number[] = [];
  const after = (from: number, limit: number) => {
    asked.push(limit);
    return Array.from({ length: Math.min(limit, count - from) }, (_, at) => ({
      ...{ index: from + at + 1, sealed, refusal: null },
    })) as never;
  };
  const nexts: (number | null)[] = [];
  let before: number | undefined;
  do {
    const { looks, next } = await looksBefore({ after, count }, { limit: 10, before });
    expect(looks).toEqual([]);
    nexts.push(next);
    before = next ?? undefined;
  } while (before !== undefined);
  expect(nexts).toEqual([25_001, 5_001, null]);
  expect(asked.reduce((sum, limit) => sum + limit, 0)).toBe(count);
});
