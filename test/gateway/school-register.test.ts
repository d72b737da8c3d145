import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { DeviceId } from "#contract/ids.ts";
import { at, group, rowsAt, SchoolEvents, term, wednesday, week } from "./school-events.ts";

const child = (events: SchoolEvents) => events.pupils[0]!;

/** What one child's day comes to after what happened. */
function dayAfter(happen: (events: SchoolEvents) => void, now?: number) {
  const events = new SchoolEvents("a");
  events.door("in", "entrance");
  events.door("out", "exit");
  events.door("gate", "both");
  happen(events);
  return rowsAt(events.state(), wednesday, now as never)[0];
}

test.each([
  { name: "in good time", time: "08:10", status: "present" },
  { name: "within the minute of the bell", time: "08:30:59", status: "present" },
  { name: "a minute after the bell", time: "08:31", status: "late" },
])("an arrival $name", ({ time, status }) => {
  const day = dayAfter((made) => made.seen("in", child(made), at(time)));
  expect(day).toMatchObject({ status, arrivedAt: at(time), inside: true, leftAt: null });
});

test("nobody is silently absent: a child who was not seen is expected, and then unconfirmed", () => {
  expect(dayAfter(() => {}, at("08:44"))).toMatchObject({ status: "expected" });
  expect(dayAfter(() => {}, at("08:45"))).toMatchObject({ status: "unconfirmed", reason: null });
  expect(dayAfter(() => {}, at("08:00", "2026-05-01"))).toMatchObject({ status: "unconfirmed" });
});

test("a person confirms an absence, and can announce it", () => {
  const absent = { type: "school.absence-confirmed", reason: "illness" } as const;
  for (const when of [at("18:00", "2026-04-07"), at("08:50"), at("09:00", "2026-04-20")]) {
    const day = dayAfter((made) => made.said(child(made), absent, when));
    expect(day).toMatchObject({ status: "absent", reason: "illness", by: "person" });
  }
});

test("a child whom somebody called absent and a box has seen is confirmed by a person alone", () => {
  const absent = { type: "school.absence-confirmed", reason: "illness" } as const;
  for (const [said, seen] of [
    ["08:00", "08:20"],
    ["08:50", "08:20"],
  ] as const) {
    const day = dayAfter((made) => {
      made.said(child(made), absent, at(said));
      made.seen("in", child(made), at(seen));
    });
    expect(day).toMatchObject({ status: "unconfirmed", conflict: true });
  }
  const settled = dayAfter((made) => {
    made.said(child(made), absent, at("08:00"));
    made.seen("in", child(made), at("08:40"));
    const finding = { status: "late", arrivedAt: at("08:40") } as const;
    made.said(
      child(made),
      { type: "school.corrected", finding, reason: "seen-by-teacher" },
      at("09:00"),
    );
  });
  expect(settled).toMatchObject({ status: "late", conflict: false, arrivedAt: at("08:40") });
});

test("leaving early, coming back, and going home", () => {
  const steps = ["out 11:00", "in 13:00", "out 15:31"].map((step) => step.split(" "));
  const after = (count: number) =>
    dayAfter((made) => {
      made.seen("in", child(made), at("08:10"));
      for (const [box = "", time = ""] of steps.slice(0, count)) {
        made.seen(box, child(made), at(time));
      }
    });
  expect(after(1)).toMatchObject({ status: "left-early", leftAt: at("11:00"), inside: false });
  expect(after(2)).toMatchObject({ status: "present", leftAt: null, inside: true });
  expect(after(3)).toMatchObject({ status: "present", leftAt: at("15:31"), leftEarly: false });
});

test("at a door for both ways a child is there until the end of school, and leaves after it", () => {
  const midday = dayAfter((made) => {
    made.seen("gate", child(made), at("08:10"));
    made.seen("gate", child(made), at("12:00"));
  });
  expect(midday).toMatchObject({ status: "present", inside: true, arrivedAt: at("08:10") });
  const evening = dayAfter((made) => {
    made.seen("gate", child(made), at("08:10"));
    made.seen("gate", child(made), at("15:30"));
  });
  expect(evening).toMatchObject({ status: "present", inside: false, leftAt: at("15:30") });
  const leaving = { type: "school.left-early", reason: "illness" } as const;
  const early = dayAfter((made) => {
    made.seen("gate", child(made), at("08:10"));
    made.said(child(made), leaving, at("11:00"));
    made.seen("gate", child(made), at("11:03"));
  });
  // Who walks out through that door is not coming back in.
  expect(early).toMatchObject({ status: "left-early", reason: "illness", inside: false });
});

test("an early leaving that is entered later counts from when it was", () => {
  const day = dayAfter((made) => {
    made.seen("in", child(made), at("08:10"));
    const left = { type: "school.left-early", reason: "illness", leftAt: at("10:00") } as const;
    made.said(child(made), left, at("16:00"));
    made.seen("in", child(made), at("13:00"));
  });
  expect(day).toMatchObject({ status: "present", inside: true });
});

test("a correction judges what was before it, says why, and rewrites nothing", () => {
  const corrected = (finding: object, reason = "not-recognised") =>
    dayAfter((made) => {
      made.seen("in", child(made), at("08:50"));
      const what = { type: "school.corrected", finding, reason } as never;
      made.said(child(made), what, at("09:10"));
    });
  expect(corrected({ status: "present" })).toMatchObject({
    ...{ status: "present", late: false, correction: "not-recognised", by: "person" },
    arrivedAt: at("08:50"),
  });
  expect(corrected({ status: "present", arrivedAt: at("08:05") })).toMatchObject({
    ...{ status: "present", arrivedAt: at("08:05") },
  });
  // It was the brother: where this child is, is open again, and no box's old word closes it.
  expect(corrected({ status: "unconfirmed" }, "wrong-person")).toMatchObject({
    ...{ status: "unconfirmed", arrivedAt: null, inside: null },
  });
  expect(corrected({ status: "absent", reason: "bereavement" })).toMatchObject({
    ...{ status: "absent", reason: "bereavement", arrivedAt: null },
  });
});

test("what happens after a correction counts again", () => {
  const day = dayAfter((made) => {
    const finding = { status: "present" } as const;
    const what = { type: "school.corrected", finding, reason: "box-failed" } as const;
    made.said(child(made), what, at("09:00"));
    made.seen("out", child(made), at("11:00"));
  });
  expect(day).toMatchObject({
    status: "left-early",
    leftAt: at("11:00"),
    correction: "box-failed",
  });
});

test("a holiday and a weekend expect nobody; a school day of its own expects everybody", () => {
  const events = new SchoolEvents("a", { until: "2026-07-17" });
  const set = (...days: object[]) =>
    events.desk({ type: "school.days-set", class: group, days } as never, at("07:00"));
  const statusOn = (day: string) => rowsAt(events.state(), day)[0]?.status;
  const saturday = "2026-04-11";
  expect(statusOn(saturday)).toBe("not-expected");
  set({ day: wednesday, kind: "holiday", label: "開校記念日" });
  expect(statusOn(wednesday)).toBe("not-expected");
  set({ day: saturday, kind: "school-day", as: 3, label: "土曜授業" });
  expect(statusOn(saturday)).toBe("unconfirmed");
  set({ day: wednesday, kind: "as-usual" });
  expect(statusOn(wednesday)).toBe("unconfirmed");
  // Outside the timetable nobody knows what to expect, and nobody is called anything for it.
  expect([statusOn("2026-07-17"), statusOn("2026-07-20")]).toEqual(["unconfirmed", "not-expected"]);
});

test("a later timetable holds from its day on, and a short one for its days alone", () => {
  const events = new SchoolEvents("a");
  const begins = (from: string, until: string, time: string) =>
    events.desk(
      {
        ...{ type: "school.timetable-set", class: group, from, until, timeZone: "Asia/Tokyo" },
        week: week.map((day) => ({ ...day, begins: time })),
      },
      at("07:00"),
    );
  begins("2026-04-20", "2026-04-24", "09:00");
  for (const [day, status] of [
    ["2026-04-17", "late"],
    ["2026-04-20", "present"],
  ] as const) {
    events.seen("in", child(events), at("08:50", day));
    expect(rowsAt(events.state(), day)[0]).toMatchObject({ status });
  }
  events.seen("in", child(events), at("08:50", "2026-04-27"));
  expect(rowsAt(events.state(), "2026-04-27")[0]).toMatchObject({ status: "late" });
});

test("the school's clock decides, wherever the gateway stands", () => {
  const zones = { timeZone: "Pacific/Auckland" };
  const events = new SchoolEvents("a", zones);
  // 08:20 in Auckland is the evening before in Tokyo's UTC day, and 05:20 there.
  events.seen("in", child(events), Date.parse("2026-04-08T08:20:00+12:00"));
  expect(rowsAt(events.state())[0]).toMatchObject({ status: "present", late: false });
});

test("whoever is seen at another school has not arrived at this one", () => {
  const events = new SchoolEvents("a");
  events.door("elsewhere", "entrance", "other" as PlaceId);
  events.seen("elsewhere", child(events), at("08:10"));
  expect(rowsAt(events.state())[0]).toMatchObject({ status: "unconfirmed" });
  // A box that nobody placed counts as an entrance, as it did before anybody placed any.
  events.seen("unplaced" as DeviceId, child(events), at("08:11"));
  expect(rowsAt(events.state())[0]).toMatchObject({ status: "present", arrivedAt: at("08:11") });
});

test("a child belongs to a class from its first to its last day there", () => {
  const events = new SchoolEvents("a");
  const pupils = [
    { pupil: child(events), number: 1, until: "2026-04-09" },
    { pupil: "b".repeat(22), number: 2, from: "2026-04-10" },
  ];
  const roster = { class: group, school: "momonoki", ...term, pupils };
  events.desk({ type: "school.roster-set", ...roster } as never, at("07:00"));
  const names = (day: string) => rowsAt(events.state(), day).map(({ number }) => number);
  expect([names("2026-04-09"), names("2026-04-10")]).toEqual([[1], [2]]);
});
