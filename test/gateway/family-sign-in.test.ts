import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event } from "#contract/events.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

/** How far the limits' clock runs ahead, so that many questions may be asked. */
let ahead = 0;
const clock: Clock = {
  ...systemClock,
  monotonic: () => (systemClock.monotonic() + ahead) as MonotonicMs,
};
const mother = { kana: "てぶら めぐみ", birthDate: "1980-05-06" };
const hana = { kana: "てぶら はな", birthDate: "2012-03-04" };
const hidden = { kana: "かくれ さき", birthDate: "1990-01-02" };
const nobody = { kana: "いない ひと", birthDate: "1990-01-03" };

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let clerk: ApiClient;
beforeEach(async () => {
  folder = temporaryFolder();
  running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
  clerk = new ApiClient(running.gateway, running.httpUrl, ["shelter:read", "shelter:write"]);
  const site = { shelter: "momonoki", label: "桃木小学校", capacity: 100, open: true };
  await clerk.post("/api/shelter/sites", site);
  const enter = async (details: object, isProtected: boolean) => {
    const entry = { shelter: "momonoki", details, families: [mother], protected: isProtected };
    expect((await clerk.post("/api/shelter/entries", entry)).status).toBe(200);
  };
  await enter(hana, false);
  await enter(hidden, true);
});
afterEach(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Somebody whom a clerk has admitted by what their card shows. */
async function admitted(person: object) {
  const { status, body } = await clerk.post("/api/family/admissions", person);
  expect(status).toBe(200);
  const client = new StaffClient(running.pageUrl, "family");
  const code = body["code"] as string;
  expect((await client.begin(code)).status).toBe(200);
  return { client, code };
}

async function audit() {
  const { events } = (await (await running.ask("/api/events?limit=1000")).json()) as {
    readonly events: readonly { readonly event: Event }[];
  };
  return events.map(({ event }) => event.body);
}

test("a mother whom her child named is told where the child is, and nobody else is", async () => {
  const { client, code } = await admitted(mother);
  expect((await client.post("/api/family/ask", hana)).body).toMatchObject({
    ...{ answer: "safe", at: [{ label: "桃木小学校", expected: false }] },
  });
  const { client: stranger } = await admitted({ kana: "よその ひと", birthDate: "1970-01-01" });
  expect((await stranger.post("/api/family/ask", hana)).body).toEqual({ answer: "not-found" });
  const other = new StaffClient(running.pageUrl, "family");
  expect((await other.begin(code)).body).toMatchObject({ code: "CODE_REFUSED" });
  expect(await other.post("/api/family/ask", hana)).toMatchObject({
    ...{ status: 401, body: { code: "SESSION_ENDED" } },
  });
  const bodies = await audit();
  expect(bodies).toContainEqual(
    expect.objectContaining({ type: "sign-in.account-changed", change: "invited" }),
  );
  expect(bodies.filter(({ type }) => type === "shelter.inquiry-made")).toHaveLength(2);
  expect(JSON.stringify(bodies)).not.toMatch(/てぶら|1980-05-06/);
});

test("a family's session opens nothing of the staff's, and a staff's none of a family's", async () => {
  const { client } = await admitted(mother);
  for (const path of ["/api/events", "/api/shelter/evacuees", "/api/staff/me", "/metrics"]) {
    expect((await client.send(path)).status, path).toBe(401);
  }
  // The same secret under the staff's name of the cookie is the secret of nobody there.
  const forged = { cookie: client.cookie.replace("family", "staff") };
  expect((await client.send("/api/staff/me", { headers: forged })).status).toBe(401);
  const staff = new StaffClient(running.pageUrl);
  await staff.begin(running.firstStart!.code, "木村");
  expect((await staff.post("/api/family/ask", hana)).status).toBe(401);
  const asFamily = { cookie: staff.cookie.replace("staff", "family") };
  expect((await staff.post("/api/family/ask", hana, asFamily)).status).toBe(401);
});

test("whoever comes to the desk again gets a new code, and the old passkey and session are void", async () => {
  const { client } = await admitted(mother);
  const { client: again } = await admitted({ ...mother, kana: "テブラ　メグミ" });
  expect((await client.post("/api/family/ask", hana)).status).toBe(401);
  expect((await client.signIn()).body).toMatchObject({ code: "SIGN_IN_REFUSED" });
  expect((await again.signIn()).status).toBe(200);
  expect((await again.post("/api/family/ask", hana)).body).toMatchObject({ answer: "safe" });
  expect((await again.post("/api/family/sign-out", {})).body).toEqual({ ended: 1 });
  expect((await again.post("/api/family/ask", hana)).status).toBe(401);
});

test("only a shelter's desk admits families", async () => {
  const other = new ApiClient(running.gateway, running.httpUrl, ["shelter:read", "events:read"]);
  expect((await other.post("/api/family/admissions", mother)).status).toBe(403);
  for (const bad of [{}, { ...mother, birthDate: "soon" }, { ...mother, kana: "<b>x</b>" }]) {
    expect((await clerk.post("/api/family/admissions", bad)).status).toBe(400);
  }
});

/** How far apart two samples lie, in standard deviations of the rank sum (Mann and Whitney, 1947). */
function apart(a: readonly number[], b: readonly number[]): number {
  const all = [
    ...a.map((value) => ({ value, isA: true })),
    ...b.map((value) => ({ value, isA: false })),
  ];
  all.sort((one, other) => one.value - other.value);
  const ranks = all.reduce((sum, { isA }, at) => sum + (isA ? at + 1 : 0), 0);
  const [n, m] = [a.length, b.length];
  return (ranks - (n * (n + m + 1)) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

test("an answer about somebody under protection is that about nobody: its bytes, its record, its time", async () => {
  const { client } = await admitted(mother);
  const ask = async (about: object) => {
    ahead += 60_000;
    const start = systemClock.monotonic();
    const answer = await client.post("/api/family/ask", about);
    const took = systemClock.monotonic() - start;
    const headers = [...answer.headers].filter(
      ([name]) => !/^(date|connection|keep-alive)$/.test(name),
    );
    return { took, seen: JSON.stringify([answer.status, headers, answer.body]) };
  };
  for (let i = 0; i < 40; i++) await ask(i % 2 === 0 ? hidden : nobody); // Compiled and warm.
  const times: [number[], number[]] = [[], []];
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const which = (i + Math.floor(i / 2)) % 2 === 0 ? 0 : 1; // 0110 0110: no side is always first.
    const one = await ask(which === 0 ? hidden : nobody);
    times[which].push(one.took);
    seen.add(one.seen);
  }
  expect([...seen]).toHaveLength(1);
  expect([...seen][0]).toContain("not-found");
  expect(Math.abs(apart(...times))).toBeLessThan(4);
  // The measure is worth something: twice the median time would be seen, on any machine.
  const middle = [...times[0]].sort((a, b) => a - b)[Math.floor(times[0].length / 2)]!;
  expect(
    apart(
      times[0].map((took) => took + middle),
      times[1],
    ),
  ).toBeGreaterThan(4);
  const made = running.gateway.ledger
    .after(0, 1_000)
    .filter(({ sealed }) => {
      const payload = Buffer.from(String(sealed).split(".")[1] ?? "", "base64url").toString();
      return payload.includes("shelter.inquiry-made");
    })
    .map(({ sealed }) => String(sealed).length);
  expect(made).toHaveLength(340);
  expect(Math.max(...made) - Math.min(...made)).toBeLessThanOrEqual(2); // A number with a digit more.
});
