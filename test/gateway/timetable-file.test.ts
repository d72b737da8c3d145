import { expect, test } from "vitest";
import { timetableFileSchema, timetableIn } from "#gateway/school/timetable-file.ts";

const about = {
  ...{ class: "2026-3-1", from: "2026-04-06", until: "2026-07-17", timeZone: "Asia/Tokyo" },
  ...{ begins: "08:30", dueBy: "08:45" },
};
const read = (csv: string, changes: object = {}) =>
  timetableIn(timetableFileSchema.parse({ ...about, csv, ...changes }));

test("a timetable as a Japanese office writes it: any order, full-width digits, times of a spreadsheet", () => {
  const csv = [
    "\uFEFF教科,曜日,開始,終了",
    "算数,月曜日,9:35,10:20",
    "国語,月,８：４５,9:30",
    '"図工, 鑑賞",Wed,08:45:00,10:20:00',
    "",
  ].join("\r\n");
  const answer = read(csv);
  expect(answer).toMatchObject({
    ok: true,
    timetable: {
      week: [
        {
          ...{ weekday: 1, begins: "08:30", ends: "10:20", dueBy: "08:45" },
          lessons: [
            { begins: "08:45", ends: "09:30", subject: "国語" },
            { begins: "09:35", ends: "10:20", subject: "算数" },
          ],
        },
        { weekday: 3, lessons: [{ subject: "図工, 鑑賞" }] },
      ],
    },
  });
  expect(read("weekday,begins,ends,subject\n5,08:45,09:30,Art", { ends: "15:30" })).toMatchObject({
    timetable: { week: [{ weekday: 5, ends: "15:30" }] },
  });
});

test.each([
  {
    name: "a column that is missing",
    csv: "曜日,開始,終了\n月,8:45,9:30",
    says: /subject or 教科/,
  },
  { name: "no lessons", csv: "曜日,開始,終了,教科\n", says: /no lessons/ },
  {
    name: "a weekday that is none",
    csv: "曜日,開始,終了,教科\n祝,8:45,9:30,国語",
    says: /line 2: weekday/,
  },
  {
    name: "a time that is none",
    csv: "曜日,開始,終了,教科\n月,25:00,9:30,国語",
    says: /line 2: begins/,
  },
  {
    name: "an end before the beginning",
    csv: "曜日,開始,終了,教科\n月,9:45,9:30,国語",
    says: /line 2: .*ends before/,
  },
  { name: "no subject", csv: "曜日,開始,終了,教科\n月,8:45,9:30,", says: /line 2: subject/ },
  {
    name: "lessons that overlap",
    csv: "曜日,開始,終了,教科\n月,8:45,9:30,国語\n月,9:00,9:50,算数",
    says: /two lessons of 月 overlap/,
  },
  {
    name: "quotes that never close",
    csv: '曜日,開始,終了,教科\n月,8:45,9:30,"国語',
    says: /no CSV/,
  },
])("refused as a whole: $name", ({ csv, says }) => {
  const answer = read(csv);
  expect(answer).toMatchObject({ ok: false, code: "TIMETABLE_INVALID" });
  expect(answer).toHaveProperty("message", expect.stringMatching(says));
});

test("every bad line is named, and no cell is repeated", () => {
  const csv = "曜日,開始,終了,教科\n秘密,8:45,9:30,国語\n火,8:45,9:30,算数\n水,秘密,9:30,国語";
  const { message } = read(csv) as { readonly message: string };
  expect(message).toMatch(/line 2: weekday.*line 4: begins/);
  expect(message).not.toContain("秘密");
});
