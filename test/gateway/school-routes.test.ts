import type { MiddlewareHandler } from "hono";
import { expect, test } from "vitest";
import type { DeviceId } from "#contract/ids.ts";
import type { Authorised } from "#gateway/api/authorise.ts";
import { hanako, taro } from "./persons-under-test.ts";
import { at, group, wednesday, week } from "./school-events.ts";
import { boundTo, schoolUnderTest, shut } from "./school-under-test.ts";
import { face } from "./service-events.ts";

const dayOf = (path: string, names = "yes") =>
  `/api/school/${path}?class=${group}&day=${wednesday}&names=${names}`;

test("a class's morning: roster from the registry, arrival, absence, correction, and the sheet", async () => {
  using school = schoolUnderTest();
  expect(await school.setUp()).toMatchObject([
    { status: 200, body: { pupils: 2 } },
    { status: 200, body: {} },
  ]);
  school.at("08:50");
  const pupil = school.pseudonym(hanako.reference);
  school.made.box((boxes) => boxes.admit("in", "school.attendance", pupil, [face], at("08:31")));
  const about = { class: group, day: wednesday };
  const absent = { ...about, pupil: school.pseudonym("R-0004"), reason: "illness" };
  expect(await school.post("/api/school/absences", absent)).toMatchObject({ status: 200 });
  const sheet = await (await school.get(dayOf("attendance"))).json();
  expect(sheet).toMatchObject({
    ...{ label: "桃ノ木小学校 3年 1組", isDue: true, day: wednesday },
    counts: { late: 1, absent: 1, unconfirmed: 0 },
    rows: [
      { number: 1, name: hanako.name, status: "late", arrivedAt: at("08:31"), by: "box" },
      { number: 2, status: "absent", reason: "illness", by: "person" },
    ],
  });
  const finding = { status: "present", arrivedAt: at("08:20") };
  const correction = { ...about, pupil, finding, reason: "box-failed" };
  expect(await school.post("/api/school/corrections", correction)).toMatchObject({ status: 200 });
  expect(await (await school.get(dayOf("attendance", "no"))).json()).toMatchObject({
    rows: [{ name: null, status: "present", correction: "box-failed" }, {}],
  });
  // What the box said is on record as it was.
  const said = school.made.events.filter(({ body }) => body.type === "decision.made");
  expect(said.map((event) => event.at)).toEqual([at("08:31")]);
});

test("names are joined at the moment of showing, and the look is written down first", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const before = school.persons.written.length;
  await school.get(dayOf("attendance", "no"));
  const unnamed = school.persons.written.slice(before);
  expect(unnamed.some(({ fields }) => fields.length > 0)).toBe(false);
  await school.get(dayOf("attendance"));
  expect(school.persons.written.slice(before + unnamed.length)).toMatchObject([
    { who: "api-key:test", why: "attendance", what: "person", fields: ["name", "kana"] },
    { who: "api-key:test", why: "attendance", what: "class" },
  ]);
  const events = JSON.stringify(school.made.events);
  for (const word of [hanako.name, hanako.reference, hanako.kana, "R-0004"]) {
    expect(events).not.toContain(word);
  }
});

test("the sheet for a spreadsheet and for paper", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  school.silent.add("gate" as DeviceId);
  const placed = { box: "gate", school: "momonoki", door: "both", from: at("07:00") };
  await school.post("/api/school/boxes", placed);
  school.at("08:50");
  const response = await school.get(dayOf("attendance.csv"));
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const [head, first] = bytes.subarray(3).toString("utf8").split("\r\n");
  expect(head).toBe("番号,ふりがな,氏名,状態,登校,下校,理由,遅刻,早退,訂正,要確認,仮名番号");
  expect(first).toBe(
    `1,${hanako.kana},${hanako.name},未確認,,,,,,,○,${school.pseudonym(hanako.reference)}`,
  );
  const page = await school.get(dayOf("attendance.html"));
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const html = await page.text();
  expect(html).toContain("2026年4月8日（水）");
  expect(html).toContain("未確認 2");
  expect(html).toMatch(/通信が途絶えた機器[^<]*gate/);
});

test("a month's register counts days as a school does", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const pupil = school.pseudonym(hanako.reference);
  const seen = (when: number) =>
    school.made.box((boxes) => boxes.admit("in", "school.attendance", pupil, [face], when));
  const absent = async (day: string, reason: string) => {
    const body = { class: group, pupil, day, reason };
    expect(await school.post("/api/school/absences", body)).toMatchObject({ status: 200 });
  };
  school.at("20:00");
  for (const day of ["2026-04-01", "2026-04-02"]) seen(at("08:10", day));
  seen(at("08:40", "2026-04-03"));
  await absent("2026-04-06", "illness");
  await absent("2026-04-07", "suspension");
  const days = [{ day: wednesday, kind: "holiday", label: "開校記念日" }];
  await school.post("/api/school/days", { classes: [group], days });
  const path = `?class=${group}&month=2026-04&names=yes`;
  const answer = await school.get(`/api/school/month${path}`);
  const month = (await answer.json()) as {
    rows: readonly [{ totals: object }, { totals: object }];
  };
  expect(month.rows[0].totals).toEqual({
    // 22 weekdays of April without the holiday; what is to come is attended by nobody yet.
    ...{ schoolDays: 21, excused: 1, due: 20, attended: 3, absent: 1 },
    ...{ late: 1, leftEarly: 0, unconfirmed: 0 },
  });
  expect(month.rows[1].totals).toMatchObject({ attended: 0, absent: 0, unconfirmed: 5 });
  const csv = await (await school.get(`/api/school/month.csv${path}`)).text();
  expect(csv).toMatch(/手ぶら 花子,○,○,遅,,,病,停,,/);
  const html = await (await school.get(`/api/school/month.html${path}`)).text();
  const style = /href="([^"]+\.css)"/.exec(html)?.[1] ?? "";
  expect(await (await school.get(style)).text()).toContain("A4 landscape");
  expect(html).toContain("出席簿　桃ノ木小学校 3年 1組　2026年4月");
});

test.each([
  { name: "a child of another class", changes: { pupil: "z".repeat(22) }, code: "PUPIL_UNKNOWN" },
  { name: "a class that nobody set", changes: { class: "2026-9-9" }, code: "CLASS_UNKNOWN" },
  { name: "tomorrow", changes: { day: "2026-04-09" }, code: "DAY_INVALID" },
  {
    name: "a moment that is still to come",
    changes: { finding: { status: "late", arrivedAt: at("09:00") } },
    code: "DAY_INVALID",
  },
  {
    name: "a moment of another day",
    changes: { finding: { status: "left-early", leftAt: at("08:00", "2026-04-07") } },
    code: "DAY_INVALID",
  },
])("a correction is refused for $name, and nothing is recorded", async ({ changes, code }) => {
  using school = schoolUnderTest();
  await school.setUp();
  school.at("08:50");
  const before = school.made.events.length;
  const body = {
    ...{ class: group, pupil: school.pseudonym(hanako.reference), day: wednesday },
    ...{ finding: { status: "present" }, reason: "box-failed", ...changes },
  };
  expect(await school.post("/api/school/corrections", body)).toMatchObject({ body: { code } });
  expect(school.made.events.length).toBe(before);
});

test("what a caller says of who corrects is not taken, and bodies are strict", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const body = {
    ...{ class: group, pupil: school.pseudonym(hanako.reference), day: wednesday },
    ...{ finding: { status: "present" }, reason: "box-failed", by: "operator:somebody" },
  };
  expect(await school.post("/api/school/corrections", body)).toMatchObject({ status: 400 });
});

test("a guardian sees where a child was, for a short time; everybody else one and the same refusal", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const child = school.pseudonym(hanako.reference, "school.route-watch" as never);
  const place = {
    ...{ type: "place.box-assigned", service: "school.route-watch", box: "camera" },
    ...{ place: "crossing-3", from: at("06:00") },
  } as never;
  school.made.box((boxes) => boxes.desk(place, at("06:00")));
  school.at("08:05");
  for (const time of ["08:02", "08:00"]) {
    school.made.box((boxes) =>
      boxes.admit("camera", "school.route-watch", child, [face], at(time)),
    );
  }
  const ask = async (guardian: string, ward: string) =>
    await school.post("/api/school/ward/sightings", { guardian, ward });
  const shown = await ask(taro.reference, hanako.reference);
  expect(shown).toMatchObject({
    status: 200,
    body: {
      sightings: [
        { at: at("08:00"), place: "crossing-3" },
        { at: at("08:02"), place: "crossing-3" },
      ],
      ...{ keptHours: 12, forgottenBefore: at("20:05", "2026-04-07") },
    },
  });
  const refusals = [
    await ask("R-0003", hanako.reference),
    await ask(taro.reference, "R-0004"),
    await ask(taro.reference, "R-9999"),
    await ask("R-9999", hanako.reference),
  ];
  // A stranger, a child under protection and nobody at all: the same words.
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  expect(refusals[0]).toMatchObject({ status: 403, body: { code: "ACCESS_DENIED" } });
  school.made.now = at("20:01");
  expect(await ask(taro.reference, hanako.reference)).toMatchObject({
    body: { sightings: [{ at: at("08:02") }], forgottenBefore: at("08:01") },
  });
  const looks = school.made.events.flatMap(({ body }) =>
    body.type === "school.sightings-looked" ? [body.outcome] : [],
  );
  expect(looks).toEqual(["shown", "refused", "refused", "refused", "refused", "shown"]);
});

test("a guardian's tie that has ended opens nothing", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const bond = { guardian: "R-0003", ward: hanako.reference, notify: true, relation: "other" };
  school.persons.put("guardians", { ...bond, until: "2026-04-07" } as never);
  const day = { guardian: "R-0003", ward: hanako.reference, day: wednesday };
  expect(await school.post("/api/school/ward/day", day)).toMatchObject({ status: 403 });
  school.persons.put("guardians", { ...bond, until: wednesday } as never);
  expect(await school.post("/api/school/ward/day", day)).toMatchObject({
    ...{ status: 200, body: { days: [{ class: group, status: "expected" }] } },
  });
});

test("each part has its own guard, and nothing is shown or recorded without it", async () => {
  using school = schoolUnderTest(shut);
  const before = school.made.events.length;
  for (const path of ["attendance", "attendance.csv", "attendance.html", "notices"]) {
    expect((await school.get(dayOf(path))).status).toBe(401);
  }
  for (const path of ["month", "month.csv", "timetable.ics", "classes"]) {
    expect((await school.get(`/api/school/${path}?class=${group}`)).status).toBe(401);
  }
  for (const path of ["rosters", "absences", "corrections", "ward/sightings", "ward/day"]) {
    expect((await school.post(`/api/school/${path}`, {})).status).toBe(401);
  }
  expect(school.made.events.length).toBe(before);
});

test("a teacher of another school reads nothing and changes nothing", async () => {
  const guard: MiddlewareHandler<Authorised> = async (context, next) =>
    await boundTo(site)(context, next);
  let site = "momonoki";
  using school = schoolUnderTest(guard);
  expect(await school.setUp()).toMatchObject([{ status: 200 }, { status: 200 }]);
  const about = { class: group, day: wednesday, pupil: school.pseudonym(hanako.reference) };
  const term = { from: "2026-04-01", until: "2026-07-31" };
  const box = { box: "gate", school: "momonoki", door: "both", from: at("06:00") };
  const days = [{ day: wednesday, kind: "holiday" }];
  const writes = [
    ["absences", { ...about, reason: "illness" }],
    ["early-leavings", { ...about, reason: "illness" }],
    ["corrections", { ...about, finding: { status: "present" }, reason: "other" }],
    ["timetables", { class: group, ...term, timeZone: "Asia/Tokyo", week }],
    ["rosters", { class: group, school: "momonoki", ...term }],
    ["rosters", { class: group, school: "elsewhere", ...term }],
    ["days", { classes: [group], days }],
    ["boxes", box],
    ["boxes", { ...box, school: null }],
    ["contacts", { guardian: taro.reference, contact: null }],
    ["calendars", { class: group }],
    ["calendars/end", { class: group, handle: "0123456789abcdef" }],
  ] as const;
  const own = await school.post("/api/school/boxes", box);
  expect(own).toMatchObject({ status: 200 });
  expect(await (await school.get("/api/school/classes")).json()).toMatchObject({
    classes: [{ class: group }],
  });
  site = "elsewhere";
  const before = school.made.events.length;
  for (const [path, body] of writes) {
    const answer = await school.post(`/api/school/${path}`, body);
    expect(answer).toMatchObject({ status: 403, body: { code: "SITE_FOREIGN" } });
  }
  for (const path of ["attendance", "attendance.csv", "attendance.html", "notices"]) {
    expect(
      (await school.get(dayOf(path).replace(path === "notices" ? "&names=yes" : "", ""))).status,
    ).toBe(403);
  }
  for (const path of ["month", "month.csv", "month.html"]) {
    const month = `/api/school/${path}?class=${group}&month=2026-04`;
    expect((await school.get(month)).status).toBe(403);
  }
  expect((await school.get(`/api/school/timetable.ics?class=${group}`)).status).toBe(403);
  expect((await school.get(`/api/school/calendars?class=${group}`)).status).toBe(403);
  expect(await (await school.get("/api/school/classes")).json()).toEqual({ classes: [] });
  expect(school.made.events.length).toBe(before);
});

test("an office hands out an address of a timetable, which needs no key, names nobody, and ends", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const made = await school.post("/api/school/calendars", { class: group });
  expect(made).toMatchObject({ status: 200, body: { handle: expect.any(String) } });
  const path = made.body["path"] as unknown as string;
  const handle = made.body["handle"] as unknown as string;
  const calendar = await school.get(path);
  expect(calendar.status).toBe(200);
  expect(calendar.headers.get("content-type")).toContain("text/calendar");
  const text = await calendar.text();
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(text).toContain("BEGIN:VEVENT");
  for (const { name, reference } of [hanako, taro]) {
    expect(text).not.toContain(name);
    expect(text).not.toContain(reference);
  }
  const list = await (await school.get(`/api/school/calendars?class=${group}`)).json();
  expect(list).toMatchObject({ calendars: [{ class: group, handle }] });
  // What is kept of the address opens nothing.
  expect(JSON.stringify(list)).not.toContain(path.split("/").at(-1)!.replace(".ics", ""));
  for (const wrong of ["x.ics", `${handle}.ics`, `${path.slice(-47, -5)}_.ics`]) {
    expect((await school.get(`/api/calendars/${wrong}`)).status, wrong).toBe(404);
  }
  const end = { class: group, handle };
  expect(await school.post("/api/school/calendars/end", end)).toMatchObject({ status: 200 });
  expect((await school.get(path)).status).toBe(404);
  expect(await school.post("/api/school/calendars/end", end)).toMatchObject({ status: 404 });
  const none = await school.post("/api/school/calendars", { class: "no-such" });
  expect(none).toMatchObject({ status: 404, body: { code: "CLASS_UNKNOWN" } });
});

test("a class has no more addresses than an office can keep in view", async () => {
  using school = schoolUnderTest();
  await school.setUp();
  const answers: number[] = [];
  for (let i = 0; i <= 20; i++) {
    answers.push((await school.post("/api/school/calendars", { class: group })).status);
  }
  expect(answers).toEqual([...Array<number>(20).fill(200), 409]);
});
