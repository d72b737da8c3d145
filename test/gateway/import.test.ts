import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeText } from "#gateway/import/decode-text.ts";
import { importBatches } from "#gateway/import/import-batches.ts";
import { readFile, readRecords } from "#gateway/import/read-file.ts";
import { type RecordKind, recordKinds } from "#gateway/persons/records.ts";
import { clerk, registryUnderTest } from "./persons-under-test.ts";

const today = "2026-04-01";

function batch(kind: RecordKind, text: string | Uint8Array) {
  return readFile(kind, typeof text === "string" ? Buffer.from(text) : text, { today });
}

/** Line, column and code of everything that is wrong. */
function flaws(kind: RecordKind, text: string | Uint8Array) {
  using under = registryUnderTest();
  const report = importBatches(under.registry, [batch(kind, text)], true);
  return report.batches[0]!.problems.map(({ line, column, code }) => [line, column, code]);
}

const japanese = `管理番号,氏名,フリガナ,生年月日,性別,郵便番号,住所,電話番号,支援措置
R-0001,手ぶら　花子,ﾃﾌﾞﾗ ﾊﾅｺ,平成28年5月3日,女,3718601,前橋市大手町２丁目１２－１,027(224)1111,無
R-0002,"手ぶら 太郎",てぶら たろう,S55.1.31,男性,〒371-8601,,,
`;
/** The same in Shift_JIS, which no encoder of this platform writes. */
const shiftJis = Buffer.from(
  "8ac7979d94d48d862c8e8196bc0a522d303030312c8ee882d482e7208cb382bd0a522d303030322cfbfc8ae20a",
  "hex",
);

test("a file with Japanese headers, eras and half-width kana is read as what it means", async () => {
  using under = registryUnderTest();
  const report = importBatches(under.registry, [batch("persons", japanese)], false);
  expect(report).toEqual({
    imported: true,
    dryRun: false,
    batches: [
      {
        ...{ kind: "persons", encoding: "utf-8", rows: 2, added: 2, changed: 0, unchanged: 0 },
        problems: [],
      },
    ],
  });
  const query = { by: "reference", reference: "R-0001" } as const;
  const fields = ["name", "kana", "birthDate", "sex", "postalCode", "phone", "protected"] as const;
  const [hanako] = await under.registry.look(clerk, query, fields);
  expect(hanako).toMatchObject({
    ...{ name: "手ぶら 花子", kana: "テブラ ハナコ", birthDate: "2016-05-03", sex: "female" },
    ...{ postalCode: "371-8601", phone: "027-224-1111", protected: false },
  });
});

test("the same file twice changes nothing, and a changed cell changes one row", () => {
  using under = registryUnderTest();
  importBatches(under.registry, [batch("persons", japanese)], false);
  const again = importBatches(under.registry, [batch("persons", japanese)], false);
  expect(again.batches[0]).toMatchObject({ added: 0, changed: 0, unchanged: 2 });
  const moved = japanese.replace("大手町", "本町");
  const changed = importBatches(under.registry, [batch("persons", moved)], false);
  expect(changed.batches[0]).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
});

test("a column that is not in the file leaves what is known; an empty cell takes it away", async () => {
  using under = registryUnderTest();
  const { registry } = under;
  importBatches(registry, [batch("persons", japanese)], false);
  const shortly = batch(
    "persons",
    "管理番号,氏名,住所\nR-0001,前橋 花子,\nR-0002,手ぶら 太郎,本町\n",
  );
  expect(importBatches(registry, [shortly], false).batches[0]).toMatchObject({ changed: 2 });
  const query = { by: "reference", reference: "R-0001" } as const;
  const [hanako] = await registry.look(clerk, query, ["name", "birthDate", "address", "phone"]);
  const id = registry.idOf("R-0001");
  expect(hanako).toEqual({ id, name: "前橋 花子", birthDate: "2016-05-03", phone: "027-224-1111" });
  const found = { by: "name", name: "前橋花子", birthDate: "2016-05-03" } as const;
  expect(await registry.look(clerk, found, [])).toEqual([{ id }]);
  expect(importBatches(registry, [shortly], false).batches[0]).toMatchObject({ unchanged: 2 });
});

test("what a file leaves has to fit what it brings", () => {
  using under = registryUnderTest();
  const { registry } = under;
  const days = (columns: string, cells: string) =>
    batch(
      "guardians",
      `保護者番号,児童番号,続柄,通知,${columns}\nR-0002,R-0001,父,はい,${cells}\n`,
    );
  importBatches(registry, [batch("persons", japanese), days("終了日", "R8.3.31")], false);
  const report = importBatches(registry, [days("開始日", "R8.4.1")], false);
  expect(report.batches[0]?.problems).toMatchObject([{ line: 2, code: "DAYS_OUT_OF_ORDER" }]);
  expect(importBatches(registry, [days("開始日", "R8.3.31")], false).imported).toBe(true);
});

test("a dry run counts as the import would, and leaves nothing", () => {
  using under = registryUnderTest();
  const report = importBatches(under.registry, [batch("persons", japanese)], true);
  expect(report).toMatchObject({ imported: false, dryRun: true, batches: [{ added: 2 }] });
  expect(under.registry.count).toBe(0);
});

test("every bad row is reported at once with line, column and code, and one keeps all out", () => {
  const text = [
    "reference,name,birthDate,sex,email,extra",
    "R-1,Aoi,2016-02-30,female,,",
    "R-2,,2016-02-03,female,,",
    "R-3,Ren,2027-01-01,robot,not an address,",
    "R-4,Mio",
    "123456789018,Yui,,,,",
    'R-6,"Yu\ni",,,,',
    "R-1,Aoi,,,,",
    "R 8,Sora\u0007,,,,",
    "R-9,\uE000,H28.5.3,,,",
    "R-10,\uFFFD,,,,",
    "R-11,Hina,平成40年1月1日,,,",
    "R-12,Kei,42493,,,",
    "R-13,Nao,2026-04-02,,,",
    "R-14,Umi,2026-04-01,,,",
  ].join("\r\n");
  expect(flaws("persons", text)).toEqual([
    [1, "#6", "HEADER_UNKNOWN"],
    [2, "birthDate", "DATE_INVALID"],
    [3, "name", "CELL_REQUIRED"],
    [4, "sex", "CHOICE_UNKNOWN"],
    [4, "email", "CELL_INVALID"],
    [5, null, "CELLS_COUNT"],
    [6, "reference", "MY_NUMBER_LIKE"],
    [7, "name", "CELL_LINE_BREAK"],
    [10, "reference", "CELL_INVALID"],
    [10, "name", "CELL_INVALID"],
    [11, "name", "CHARACTER_PRIVATE"],
    [12, "name", "CHARACTER_LOST"],
    [13, "birthDate", "DATE_INVALID"],
    [14, "birthDate", "DATE_INVALID"],
    [15, "birthDate", "DATE_FUTURE"],
  ]);
  using under = registryUnderTest();
  const report = importBatches(under.registry, [batch("persons", text)], false);
  expect(report.imported).toBe(false);
  expect(under.registry.count).toBe(0);
});

test("formulas, their errors and days of another century are no data", () => {
  const text = [
    ...["reference,name,birthDate,address", "R-1,=A1,,", "R-2,#N/A,,"],
    ...["R-3,Aoi,=TODAY(),", "R-4,Mio,1750-01-02,", "R-5,Hana,,＝SUM(A1:A2)", "R-6,A=B,,#1"],
  ].join("\n");
  expect(flaws("persons", text)).toEqual([
    [2, "name", "CELL_FORMULA"],
    [3, "name", "CELL_FORMULA"],
    [4, "birthDate", "CELL_FORMULA"],
    [5, "birthDate", "DATE_INVALID"],
    [6, "address", "CELL_FORMULA"],
  ]);
});

test("a file whose header cannot be read is told by its encoding alone, the one that was said", () => {
  const sjis = Buffer.of(0x8e, 0xa7, 0x0a, 0x8e, 0xa7, 0x0a);
  const { problems } = readFile("persons", sjis, { today, encoding: "utf-8" });
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["FILE_ENCODING"]));
  expect(problems[0]?.message).toContain("not utf-8");
});

test("a report names no value of the file", () => {
  const row = "秘密の番号,秘密の名,秘密の日,秘密の性,秘密の郵便,秘密の住所,秘密の電話,秘密の保護";
  const header = "管理番号,氏名,生年月日,性別,郵便番号,住所,電話番号,支援措置";
  for (const text of [`${header}\n${row}\n${row}`, `${row}\n${row}`, `${header}\n"${row}`]) {
    const { problems } = batch("persons", text);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain("秘密");
  }
});

test("a quotation mark that is never closed hides no row after it", () => {
  const text = 'reference,name\nR-1,Aoi\nR-2,"Ren\nR-3,Mio\n,Yui\nR-5,"Hina\n';
  expect(flaws("persons", text)).toEqual([
    [3, "name", "CELL_LINE_BREAK"],
    [5, "reference", "CELL_REQUIRED"],
    [6, null, "QUOTE_OPEN"],
  ]);
  expect(flaws("persons", text.replace('"Hina', "Hina"))).toEqual([
    [3, null, "QUOTE_OPEN"],
    [5, "reference", "CELL_REQUIRED"],
  ]);
  const lines = 'reference,name,address\nR-1,Aoi,"前橋市\n大手町"\nR-2,,\n';
  expect(flaws("persons", lines)).toEqual([
    [2, "address", "CELL_LINE_BREAK"],
    [4, "name", "CELL_REQUIRED"],
  ]);
});

test("UTF-8 with and without its mark, UTF-16 and Shift_JIS are told apart by themselves", () => {
  const plain = "管理番号,氏名\nR-1,手ぶら\n";
  const mark = Buffer.of(0xef, 0xbb, 0xbf);
  expect(decodeText(Buffer.from(plain))).toMatchObject({ text: plain, encoding: "utf-8" });
  expect(decodeText(Buffer.concat([mark, Buffer.from(plain)])).text).toBe(plain);
  const wide = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(plain, "utf16le")]);
  expect(decodeText(wide)).toMatchObject({ text: plain, encoding: "utf-16le" });
  expect(decodeText(shiftJis)).toEqual({
    text: "管理番号,氏名\nR-0001,手ぶら 元た\nR-0002,髙岩\n",
    encoding: "shift_jis",
    problems: [],
  });
  expect(flaws("persons", shiftJis)).toEqual([]);
});

test("a line that is in no encoding is reported by its number, and the others are still read", () => {
  const broken = Buffer.concat([shiftJis, Buffer.from("R-3,\xff\xff\n,x\n", "latin1")]);
  expect(flaws("persons", broken)).toEqual([
    [4, null, "FILE_ENCODING"],
    [5, "管理番号", "CELL_REQUIRED"],
  ]);
});

test("what is no table has its code", () => {
  expect(flaws("persons", "")).toEqual([[1, null, "FILE_EMPTY"]]);
  expect(flaws("persons", "\n\n,,\n")).toEqual([[1, null, "FILE_EMPTY"]]);
  expect(flaws("persons", "氏名,名前\nx,y")).toEqual([
    [1, "名前", "HEADER_TWICE"],
    [1, "reference", "HEADER_MISSING"],
  ]);
  expect(flaws("persons", "管理番号,氏名,個人番号\nR-1,x,123456789018")).toEqual([
    [1, "個人番号", "HEADER_MY_NUMBER"],
  ]);
});

test("whom a tie names must be registered, and each name that is not is reported in its column", () => {
  using under = registryUnderTest();
  importBatches(under.registry, [batch("persons", japanese)], false);
  const report = importBatches(
    under.registry,
    [
      batch(
        "guardians",
        "保護者番号,児童番号,続柄,通知\nR-0002,R-0001,父,はい\nR-9,R-8,母,いいえ\nR-0001,R-0001,母,はい\n",
      ),
      batch(
        "households",
        "世帯番号,管理番号,続柄\nH-1,R-0001,子\nH-1,R-0003,世帯主\nH-2,R-0001,子\n",
      ),
      batch("entitlements", "管理番号,資格,認定日,有効期限\nR-0002,難病,R8.4.1,R8.3.31\n"),
    ],
    false,
  );
  const found = report.batches.map(({ kind, problems }) => [
    kind,
    problems.map(({ line, column, code }) => [line, column, code]),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    households: [
      [3, "管理番号", "PERSON_UNKNOWN"],
      [4, null, "ROW_TWICE"],
    ],
    guardians: [
      [3, "保護者番号", "PERSON_UNKNOWN"],
      [3, "児童番号", "PERSON_UNKNOWN"],
      [4, "児童番号", "OWN_GUARDIAN"],
    ],
    entitlements: [[2, "有効期限", "DAYS_OUT_OF_ORDER"]],
  });
});

test("files of one import may name each other's persons, in whatever order they come", () => {
  const ties = "保護者番号,児童番号,続柄,通知\nR-0002,R-0001,父,はい\n";
  using under = registryUnderTest();
  const batches = [batch("guardians", ties), batch("persons", japanese)];
  expect(importBatches(under.registry, batches, true)).toMatchObject({
    batches: [
      { kind: "persons", added: 2 },
      { kind: "guardians", added: 1, problems: [] },
    ],
  });
  expect(importBatches(under.registry, batches, false).imported).toBe(true);
  expect(importBatches(under.registry, batches, false)).toMatchObject({
    batches: [{ unchanged: 2 }, { unchanged: 1 }],
  });
});

test("a person whose own row is bad is reported there alone, and not wherever they are named", () => {
  using under = registryUnderTest();
  const batches = [
    batch("persons", "reference,name\nR-1,\nR-2,Ren\n"),
    batch("households", "household,person,relation\nH-1,R-1,head\nH-1,R-2,child\n"),
  ];
  const report = importBatches(under.registry, batches, false);
  expect(report.batches.map(({ problems }) => problems.length)).toEqual([1, 0]);
  expect(under.registry.count).toBe(0);
});

test("rows of a class agree on the class; a pupil stands in it once", () => {
  const header = "クラス番号,学校名,年度,学年,組,学籍番号,区分,出席番号";
  using under = registryUnderTest();
  importBatches(under.registry, [batch("persons", japanese)], false);
  const text = `${header}
4-2,桃井小学校,2026,4年,2組,R-0001,児童,7
4-2,桃井小学校,2026,5年,2組,R-0002,担任,
4-2,桃井小学校,2026,4年,2組,R-0001,児童,8
`;
  const report = importBatches(under.registry, [batch("classes", text)], true);
  expect(report.batches[0]?.problems.map(({ line, code }) => [line, code])).toEqual([
    [3, "ROW_CONFLICT"],
    [4, "ROW_TWICE"],
  ]);
});

test("records of an API are judged as rows are, by their place in the list", () => {
  using under = registryUnderTest();
  const records = [
    { reference: "R-1", name: "Aoi" },
    { reference: "R-2" },
    { reference: "R-3", name: 3, birthDate: "2030-01-01" },
    { reference: "R-4", name: "Mio", shoe: 23 },
    "R-5",
    { reference: "R-6", name: "Umi", birthDate: "2030-01-01" },
  ];
  const report = importBatches(under.registry, [readRecords("persons", records, { today })], false);
  expect(report.batches[0]?.problems.map(({ line, column, code }) => [line, column, code])).toEqual(
    [
      [2, "name", "CELL_REQUIRED"],
      [3, "name", "CELL_INVALID"],
      [4, null, "HEADER_UNKNOWN"],
      [5, null, "CELL_INVALID"],
      [6, "birthDate", "DATE_FUTURE"],
    ],
  );
});

test("no bytes whatever make the reader fall over, and what it finds is never in front of the file", () => {
  using under = registryUnderTest();
  const header = fc.constantFrom("", "reference,name\n", "管理番号,氏名,生年月日\n", '"', "a,b\n");
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", "1", "月"), maxLength: 80 })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(header, bytes, fc.constantFrom(...recordKinds), (head, body, kind) => {
      const all = Buffer.concat([Buffer.from(head), body]);
      const report = importBatches(under.registry, [batch(kind, all)], true);
      const lines = all.toString("latin1").split(/\r\n|\r|\n/).length;
      for (const { line } of report.batches[0]!.problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines);
      }
    }),
    { numRuns: 300 },
  );
});
