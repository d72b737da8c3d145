import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym } from "#contract/ids.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

const people = [
  { reference: "R-0001", name: "青井 花", kana: "アオイ ハナ", birthDate: "2016-05-03" },
  { reference: "R-0002", name: "青井 恵", kana: "アオイ メグミ", birthDate: "1980-05-06" },
  { reference: "R-0003", name: "他人 次郎", kana: "タニン ジロウ", birthDate: "2016-07-01" },
  { reference: "R-0004", name: "他人 太郎", kana: "タニン タロウ", birthDate: "1979-01-31" },
  { reference: "R-0005", name: "守 一郎", kana: "マモル イチロウ", protected: true },
];
const bonds = [
  { guardian: "R-0002", ward: "R-0001", relation: "mother", notify: true },
  { guardian: "R-0002", ward: "R-0005", relation: "other", notify: false },
  { guardian: "R-0004", ward: "R-0003", relation: "father", notify: true },
];
const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" }).format(
  systemClock.wall(),
);
const term = { from: today, until: today };
const hours = { begins: "00:01", ends: "23:59", dueBy: "00:02", lessons: [] };
const week = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, ...hours }));

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let office: ApiClient;
beforeEach(async () => {
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  const { gateway, httpUrl } = running;
  const registry = ["persons:write", "classes:write", "guardians:write"] as const;
  office = new ApiClient(gateway, httpUrl, ["school:write", "school:read", ...registry]);
  const places = ["R-0001", "R-0003", "R-0005"].map((person, at) => ({
    ...{ class: "3-1", school: "桃ノ木小学校", schoolYear: 2026, grade: "3年", name: "1組" },
    ...{ person, role: "pupil", number: at + 1 },
  }));
  const lists = { persons: people, guardians: bonds, classes: places };
  for (const [kind, records] of Object.entries(lists)) {
    expect((await office.post(`/api/registry/${kind}`, { records })).body).toMatchObject({
      imported: true,
    });
  }
  const roster = { class: "3-1", school: "momonoki", ...term };
  expect((await office.post("/api/school/rosters", roster)).status).toBe(200);
  const timetable = { class: "3-1", ...term, timeZone: "Asia/Tokyo", week };
  expect((await office.post("/api/school/timetables", timetable)).status).toBe(200);
});
afterEach(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type Watching = "school.route-watch" | "school.attendance";
const alias = (reference: string, service: Watching = "school.route-watch"): Pseudonym => {
  const { persons } = running.gateway;
  return persons.pseudonymOf(service, persons.idOf(reference)!);
};

async function seen(service: Watching, reference: string): Promise<void> {
  const person = alias(reference, service);
  const made = {
    type: "decision.made",
    service,
    outcome: "admit",
    reason: "face-matched",
  } as const;
  await running.gateway.desk.record({ ...made, person, evidence: [] } as EventBody);
}

/** A guardian whom the school's office has admitted, with a passkey of their own. */
async function admitted(guardian: string): Promise<StaffClient> {
  const { status, body } = await office.post("/api/family/guardians", { guardian });
  expect(status).toBe(200);
  const client = new StaffClient(running.pageUrl, "family");
  expect((await client.begin(body["code"] as string)).status).toBe(200);
  return client;
}

/** From the ledger itself: a list of events leaves out whom it may not show. */
const looks = () =>
  running.gateway.ledger
    .after(0, 1_000)
    .map((entry) => placed(entry).event.body)
    .filter((body) => body.type === "school.sightings-looked");

test("a mother signs in and sees her own child's day and way, and each look is on record first", async () => {
  for (const reference of ["R-0001", "R-0003"]) {
    await seen("school.route-watch", reference);
    await seen("school.attendance", reference);
  }
  const mother = await admitted("R-0002");
  expect((await mother.send("/api/family/me")).body).toMatchObject({ isGuardian: true });
  const { body } = await mother.post("/api/family/wards", {});
  // Of the child under protection she learns nothing here.
  expect(body).toEqual({ wards: [{ ward: alias("R-0001"), name: "青井 花" }] });
  const shown = await mother.post("/api/family/ward", { ward: alias("R-0001") });
  expect(shown.status).toBe(200);
  expect(shown.body).toMatchObject({
    ...{ keptHours: 12, sightings: [{ place: null }] },
    days: [{ class: "3-1", day: today, arrivedAt: expect.any(Number) }],
  });
  expect(Object.keys(shown.body).sort()).toEqual([
    ...["days", "forgottenBefore", "keptHours", "sightings"],
  ]);
  const account = looks()[0]!;
  expect(account).toMatchObject({ outcome: "shown", pupil: alias("R-0001") });
  expect(account.by).toMatch(/^family:/);
});

test("another's child, a child under protection and nobody at all are refused alike, and it is on record", async () => {
  await seen("school.route-watch", "R-0003");
  const mother = await admitted("R-0002");
  const nobody = "N".repeat(22) as Pseudonym;
  const answers = [];
  for (const ward of [alias("R-0003"), alias("R-0005"), nobody]) {
    answers.push(await mother.post("/api/family/ward", { ward }));
  }
  for (const { status, body } of answers) {
    expect(status).toBe(403);
    expect(body).toEqual(answers[0]!.body);
  }
  expect(answers[0]!.body).toMatchObject({ code: "ACCESS_DENIED" });
  const refused = looks().filter(({ outcome }) => outcome === "refused");
  expect(refused.map(({ pupil }) => pupil)).toEqual([alias("R-0003"), alias("R-0005"), nobody]);
});

test("a tie that has ended shows nothing from that day on, in a session that is open as well", async () => {
  const mother = await admitted("R-0002");
  const ended = { ...bonds[0], until: "2020-01-01" };
  await office.post("/api/registry/guardians", { records: [ended] });
  expect((await mother.post("/api/family/wards", {})).body).toEqual({ wards: [] });
  const asked = await mother.post("/api/family/ward", { ward: alias("R-0001") });
  expect(asked.status).toBe(403);
});

test("a guardian's sign-in opens no shelter and no sheet, and a family member's opens no child", async () => {
  const mother = await admitted("R-0002");
  const about = { kana: "アオイ ハナ", birthDate: "2016-05-03" };
  expect((await mother.post("/api/family/ask", about)).body).toEqual({ answer: "not-found" });
  for (const path of ["/api/school/attendance?class=3-1", "/api/events", "/api/staff/me"]) {
    expect((await mother.send(path)).status, path).toBe(401);
  }
  const { gateway, httpUrl } = running;
  const desk = new ApiClient(gateway, httpUrl, ["shelter:write"]);
  const card = { kana: "アオイ メグミ", birthDate: "1980-05-06" };
  const { body } = await desk.post("/api/family/admissions", card);
  const relative = new StaffClient(running.pageUrl, "family");
  await relative.begin(body["code"] as string);
  expect((await relative.send("/api/family/me")).body).toMatchObject({ isGuardian: false });
  expect((await relative.post("/api/family/wards", {})).body).toEqual({ wards: [] });
  const asked = await relative.post("/api/family/ward", { ward: alias("R-0001") });
  expect(asked.status).toBe(403);
  // Nor does a shelter's key admit a guardian, or anybody a number that the registry does not know.
  expect((await desk.post("/api/family/guardians", { guardian: "R-0002" })).status).toBe(403);
  const unknown = await office.post("/api/family/guardians", { guardian: "R-9999" });
  expect(unknown).toMatchObject({ status: 404, body: { code: "GUARDIAN_UNKNOWN" } });
});
