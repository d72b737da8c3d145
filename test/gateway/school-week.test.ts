import { setTimeout as sleepFor } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { MonotonicMs, Pseudonym, WallMs } from "#contract/ids.ts";
import { Gateway } from "#gateway/app.ts";
import type { ClassSheet } from "#gateway/school/class-sheet.ts";
import type { MonthSheet } from "#gateway/school/month-sheet.ts";
import type { Clock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { type Ask, askWithKey } from "#test/support/api-key.ts";
import { stepUpRules, temporaryFolder } from "./gateway-under-test.ts";
import { at, group, week } from "./school-events.ts";
import { MailReceiver, ownCertificate, secretIn } from "./school-notices-under-test.ts";
import { face } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const days = ["2026-04-06", "2026-04-07", "2026-04-08", "2026-04-09", "2026-04-10"] as const;
const [monday, tuesday, wednesday, thursday, friday] = days;
const numbers = Array.from({ length: 30 }, (_, i) => i + 1);
const reference = (number: number) => `S-${number}`;
const name = (number: number) => `児童${number}`;
/** Those whose guardians are told by mail. */
const told = [7, 9, 13];

let now = at("06:00", monday);
const clock: Clock = {
  wall: () => now as WallMs,
  monotonic: () => now as number as MonotonicMs,
  sleep: async (_, signal) => await sleepFor(25, undefined, { signal }),
};

let folder: ReturnType<typeof temporaryFolder>;
let mails: MailReceiver;
let gateway: Gateway;
let ask: Ask;
let mqttUrl: string;
let mailPort: number;
const entrance = new TestDevice("gate-in", 1);
const exit = new TestDevice("gate-out", 2);
const camera = new TestDevice("crossing", 3);
const boxes = [entrance, exit, camera];
const pupils = new Map<number, Pseudonym>();

async function open(): Promise<void> {
  const passwordFile = secretIn(folder.path, "smtp-password", "geheim");
  const smtp = {
    ...{
      host: "localhost",
      port: mailPort,
      security: "starttls" as const,
      user: "school",
      passwordFile,
    },
    ...{ from: "school@example.jp", caFile: `${folder.path}/tls.crt` },
  } as const;
  gateway = new Gateway(
    {
      ...{ dataDir: `${folder.path}/data`, host: "127.0.0.1", httpPort: 0 },
      ...{ timeZone: "Asia/Tokyo", stepUp: stepUpRules },
      fleet: { port: 0, hosts: ["127.0.0.1"] },
      mqtt: { kind: "embedded", port: 0, tls: false },
      school: { notices: { smtp, webhooks: [] } },
    },
    { clock, log: silentLog },
  );
  const urls = await gateway.start(new AbortController().signal);
  mqttUrl = urls.mqttUrl;
  ask = askWithKey(urls.httpUrl, gateway.apiKeys);
}

async function post(path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await ask(path, { method: "POST", body: JSON.stringify(body) });
  const said = (await answer.json()) as Record<string, unknown>;
  expect({ path, status: answer.status, said }).toMatchObject({ status: 200 });
  return said;
}

async function get<Shown>(path: string): Promise<Shown> {
  const answer = await ask(path);
  expect({ path, status: answer.status }).toMatchObject({ status: 200 });
  return (await answer.json()) as Shown;
}

const sheetOf = async (day: string) =>
  await get<ClassSheet>(`/api/school/attendance?class=${group}&day=${day}`);

/** A box says that it saw children, and the gateway has it on disk. */
async function sees(box: TestDevice, seen: readonly (readonly [number, number])[]): Promise<void> {
  const service = box === camera ? "school.route-watch" : "school.attendance";
  for (const [number, when] of seen) {
    const id = gateway.persons.idOf(reference(number))!;
    const body: EventBody = {
      ...{ type: "decision.made", service, outcome: "admit", reason: "face-matched" },
      ...{ person: gateway.persons.pseudonymOf(service, id), evidence: [face] },
    };
    await box.publish(await box.next(body, { at: when as WallMs }));
  }
  await expect.poll(() => gateway.ledger.head(box.id).sequence).toBe(box.sequence);
}

const patience = { timeout: 60_000, interval: 100 };

/** A quarter of a minute later, with both doors heard from all the while. */
async function later<Shown>(show: () => Shown): Promise<Shown> {
  await healthy(entrance, exit);
  now = (now + 15_000) as WallMs;
  return show();
}

/** Boxes that are there say so. */
async function healthy(...well: readonly TestDevice[]): Promise<void> {
  for (const box of well) await box.sayHealth(0, { cardReader: "none", at: now as WallMs });
  await sleepFor(100);
}

beforeAll(async () => {
  folder = temporaryFolder();
  mails = new MailReceiver(ownCertificate(folder.path), "geheim");
  mailPort = await mails.start();
  await open();
  for (const box of boxes) {
    gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(mqttUrl);
  }
});
afterAll(async () => {
  for (const box of boxes) await box[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await mails[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test("a class of thirty comes in by the registry, and gets its roster, timetable, doors and contacts", async () => {
  const records = numbers.flatMap((number) => [
    { reference: reference(number), name: name(number), kana: "ジドウ" },
    { reference: `G-${number}`, name: `保護者${number}` },
  ]);
  await post("/api/registry/persons", { records });
  const places = { class: group, school: "桃ノ木小学校", schoolYear: 2026, name: "1組" };
  const inClass = numbers.map((number) => ({
    ...{ ...places, person: reference(number), role: "pupil", number },
  }));
  await post("/api/registry/classes", { records: inClass });
  const bonds = numbers.map((number) => ({
    ...{ guardian: `G-${number}`, ward: reference(number), relation: "parent", notify: true },
  }));
  await post("/api/registry/guardians", { records: bonds });
  const term = { class: group, from: "2026-04-06", until: "2026-07-17" };
  const set = await post("/api/school/rosters", { ...term, school: "momonoki" });
  expect(set).toMatchObject({ pupils: 30 });
  await post("/api/school/timetables", { ...term, timeZone: "Asia/Tokyo", week });
  const holiday = { day: wednesday, kind: "holiday", label: "開校記念日" };
  await post("/api/school/days", { classes: [group], days: [holiday] });
  const from = at("06:00", monday);
  for (const [box, door] of [
    ["gate-in", "entrance"],
    ["gate-out", "exit"],
  ]) {
    await post("/api/school/boxes", { box, door, school: "momonoki", from });
  }
  const crossing = { service: "school.route-watch", box: "crossing", place: "crossing-3" };
  await post("/api/places", { ...crossing, from });
  for (const number of told) {
    const contact = { channel: "email", address: `g${number}@example.jp`, language: "ja" };
    await post("/api/school/contacts", { guardian: `G-${number}`, contact });
  }
  for (const { pupil, number } of (await sheetOf(monday)).rows) pupils.set(number!, pupil);
  expect(pupils.size).toBe(30);
});

const about = (number: number, day: string) => ({
  ...{ class: group, day, pupil: pupils.get(number) },
});
const arrivals = (day: string, without: readonly number[], late: readonly number[] = []) =>
  numbers
    .filter((number) => !without.includes(number))
    .map((number) => {
      const minute = `${number % 30}`.padStart(2, "0");
      return [number, at(late.includes(number) ? "08:35" : `08:${minute}`, day)] as const;
    });
const goHome = (day: string, without: readonly number[] = []) =>
  numbers.filter((n) => !without.includes(n)).map((n) => [n, at("15:31", day)] as const);

test("Monday: one late, one missing until a teacher says why, one who leaves early", async () => {
  now = at("07:50", monday);
  await sees(camera, [[7, at("07:45", monday)]]);
  now = at("08:36", monday);
  await healthy(entrance, exit);
  await sees(entrance, arrivals(monday, [13], [7]));
  expect((await sheetOf(monday)).counts).toMatchObject({ present: 28, late: 1, expected: 1 });
  now = at("08:46", monday);
  await expect.poll(async () => await later(() => mails.mails.length), patience).toBe(3);
  expect((await sheetOf(monday)).counts).toMatchObject({ unconfirmed: 1, absent: 0 });
  await post("/api/school/absences", { ...about(13, monday), reason: "illness" });
  now = at("11:01", monday);
  await sees(exit, [[3, at("11:00", monday)]]);
  await post("/api/school/early-leavings", { ...about(3, monday), reason: "illness" });
  now = at("15:32", monday);
  await sees(exit, goHome(monday, [3, 13]));
  const sheet = await sheetOf(monday);
  expect(sheet.counts).toMatchObject({
    ...{ present: 27, late: 1, "left-early": 1, absent: 1, unconfirmed: 0, expected: 0 },
  });
  expect(sheet.rows[2]).toMatchObject({ number: 3, name: name(3), leftEarly: true });
  expect(sheet.rows.every(({ inside }) => inside !== true)).toBe(true);
});

test("Tuesday: one whom the box did not know is there, since a teacher saw him", async () => {
  now = at("08:31", tuesday);
  await sees(entrance, arrivals(tuesday, [9]));
  now = at("08:47", tuesday);
  // 7 and 13 have come, and 9 is unseen.
  const last = () => subjectsOf(9).at(-1);
  await expect.poll(async () => await later(last), patience).toBe("登校の確認のお願い");
  const finding = { status: "present", arrivedAt: at("08:15", tuesday) };
  await post("/api/school/corrections", {
    ...{ ...about(9, tuesday), finding, reason: "not-recognised" },
  });
  await expect.poll(last, patience).toBe("登校を確認しました");
  const sheet = await sheetOf(tuesday);
  expect(sheet.counts).toMatchObject({ present: 30 });
  expect(sheet.rows[8]).toMatchObject({ correction: "not-recognised", by: "person" });
});

test("Wednesday is a holiday: nobody is expected, and nobody is told anything", async () => {
  now = at("09:00", wednesday);
  const before = mails.mails.length;
  await healthy(entrance, exit);
  await sleepFor(300);
  expect((await sheetOf(wednesday)).counts).toMatchObject({ "not-expected": 30 });
  expect(mails.mails.length).toBe(before);
});

test("Thursday: the entrance is cut off and reports hours later; nobody was frightened", async () => {
  const before = mails.mails.length;
  now = at("08:50", thursday);
  await healthy(exit);
  await sleepFor(300);
  const early = await sheetOf(thursday);
  expect(early.counts).toMatchObject({ unconfirmed: 30, absent: 0 });
  expect(early.silentBoxes).toEqual(["gate-in"]);
  now = at("10:40", thursday);
  await healthy(entrance, exit);
  await sees(entrance, arrivals(thursday, []));
  await sleepFor(500);
  expect((await sheetOf(thursday)).counts).toMatchObject({ present: 30 });
  expect(mails.mails.length).toBe(before);
  await post("/api/school/absences", { ...about(20, friday), reason: "bereavement" });
});

test("Friday: an absence that was announced frightens nobody", async () => {
  now = at("08:31", friday);
  await sees(entrance, arrivals(friday, [20]));
  now = at("08:50", friday);
  await healthy(entrance, exit);
  await sleepFor(300);
  expect((await sheetOf(friday)).counts).toMatchObject({ present: 29, absent: 1, unconfirmed: 0 });
});

const subjectsOf = (number: number): readonly string[] =>
  mails.mails
    .filter(({ to }) => to.includes(`g${number}@example.jp`))
    .map(({ head }) => decodeWord(head.get("subject") ?? ""));

/** RFC 2047, as far as our own subjects use it. */
function decodeWord(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, word: string) =>
      /b/i.test(how)
        ? Buffer.from(word, "base64").toString("utf8")
        : decodeURIComponent(word.replaceAll("_", " ").replace(/=([0-9A-F]{2})/gi, "%$1")),
    );
}

test("the week's notices: what was sent to whom is on record, and is what the guardians have", async () => {
  expect(subjectsOf(7)).toEqual([
    ...["登校のお知らせ", "下校のお知らせ", "登校のお知らせ"],
    "登校のお知らせ",
  ]);
  expect(subjectsOf(13)).toEqual(["登校の確認のお願い", "登校のお知らせ", "登校のお知らせ"]);
  const sent = await Promise.all(
    days.map(async (day) => {
      const path = `/api/school/notices?class=${group}&day=${day}`;
      return (await get<{ notices: readonly { outcome: string; pupil: string }[] }>(path)).notices;
    }),
  );
  const delivered = sent.flat().filter(({ outcome }) => outcome === "delivered");
  expect(delivered.length).toBe(mails.mails.length);
  const known = new Set(told.map((number) => pupils.get(number)));
  expect(delivered.every(({ pupil }) => known.has(pupil as Pseudonym))).toBe(true);
  expect(sent[2]).toEqual([]);
});

test("the month's register of the week, as a school adds it up", async () => {
  now = at("18:00", friday);
  const month = await get<MonthSheet>(`/api/school/month?class=${group}&month=2026-04`);
  const of = (number: number) => month.rows[number - 1]?.totals;
  const whole = { attended: 4, absent: 0, excused: 0, late: 0, leftEarly: 0, unconfirmed: 0 };
  expect(of(1)).toMatchObject(whole);
  expect(of(3)).toMatchObject({ ...whole, leftEarly: 1 });
  expect(of(7)).toMatchObject({ ...whole, late: 1 });
  expect(of(13)).toMatchObject({ ...whole, attended: 3, absent: 1 });
  expect(of(20)).toMatchObject({ ...whole, attended: 3, excused: 1 });
});

test("a guardian sees Monday's sighting until it is forgotten, and nobody else's child", async () => {
  const asked = { guardian: "G-7", ward: reference(7) };
  now = at("18:00", friday);
  expect(await post("/api/school/ward/sightings", asked)).toMatchObject({ sightings: [] });
  await sees(camera, [[7, at("17:50", friday)]]);
  expect(await post("/api/school/ward/sightings", asked)).toMatchObject({
    sightings: [{ place: "crossing-3", at: at("17:50", friday) }],
  });
  const body = JSON.stringify({ ...asked, ward: reference(8) });
  expect((await ask("/api/school/ward/sightings", { method: "POST", body })).status).toBe(403);
});

test("after a restart everything is as it was, and the ledger holds", async () => {
  now = at("18:30", friday);
  const shown = async () =>
    JSON.stringify(
      await Promise.all(
        days.map(async (day) => {
          const { rows, counts } = await sheetOf(day);
          return { rows, counts };
        }),
      ),
    );
  const before = await shown();
  const sent = mails.mails.length;
  for (const box of boxes) await box[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await open();
  expect(await shown()).toBe(before);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
  await sleepFor(500);
  expect(mails.mails.length).toBe(sent);
  const ledger = JSON.stringify(await get("/api/events?limit=1000"));
  for (const number of numbers) expect(ledger).not.toContain(name(number));
  expect(ledger).not.toContain("@example.jp");
});
