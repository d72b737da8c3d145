import fc from "fast-check";
import { expect, test } from "vitest";
import { csvHeaders, csvLine, csvOf, csvStart } from "#contract/export/csv.ts";

/** A reader written from RFC 4180 alone, for the round trip. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = text.startsWith("\uFEFF") ? 1 : 0; i < text.length; i++) {
    const sign = text[i];
    if (quoted && sign === '"' && text[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === ",") {
      row.push(cell);
      cell = "";
    } else if (!quoted && sign === "\r" && text[i + 1] === "\n") {
      rows.push([...row, cell]);
      row = [];
      cell = "";
      i += 1;
    } else cell += sign;
  }
  return rows;
}

test("a CSV begins with a byte-order mark, ends each line with CRLF and names its columns", () => {
  const text = csvOf(["かな", "年齢"], [{ かな: "やまだ", 年齢: 81 }, { かな: "さとう" }]);
  expect(text).toBe("\uFEFFかな,年齢\r\nやまだ,81\r\nさとう,\r\n");
  expect(csvStart + csvLine(["a"])).toBe("\uFEFFa\r\n");
});

test("commas, quotes and line breaks stay in their cell", () => {
  expect(csvLine(['a"b', "c,d", "e\r\nf", " g"])).toBe('"a""b","c,d","e\r\nf"," g"\r\n');
});

test.each(["=1+1", "+81 27", "-1", "@sum", "＝1", "\t=1", "  =1", "\u200B=1", "\r=1"])(
  "a text that a spreadsheet would run stays a text: %j",
  (text) => {
    expect(parse(csvLine([text]))[0]?.[0]).toBe(`'${text}`);
  },
);

test("numbers are not texts: a negative one keeps its sign, and no number is an empty cell", () => {
  expect(csvLine([-5, 0.5, Number.NaN, null, undefined, true])).toBe("-5,0.5,,,,true\r\n");
});

test("whatever the cells hold, a reader of RFC 4180 gets them back, and none starts a formula", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 1 })), (rows) => {
      const read = parse(csvStart + rows.map(csvLine).join(""));
      expect(read.length).toBe(rows.length);
      for (const [i, row] of rows.entries()) {
        const cells = read[i] ?? [];
        expect(cells.map((cell) => cell.replace(/^'/, ""))).toEqual(
          row.map((text) => text.replaceAll("\0", "").replace(/^'/, "")),
        );
        for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+\-@]/);
      }
    }),
  );
});

test("the header of the answer takes no file name that could break out of it", () => {
  expect(csvHeaders('a"\r\nb.csv')["content-disposition"]).toBe('attachment; filename="a___b.csv"');
});
