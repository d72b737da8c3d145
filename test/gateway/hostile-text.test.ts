import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { office } from "#test/support/staff-office.ts";

/** What a spreadsheet would run, and what a page would. */
const payloads = [
  "=HYPERLINK(0)",
  "+1+1",
  "-1+1",
  "@SUM(1)",
  "\t=1+1",
  "＝1+1",
  ";=1+1",
  "<script>pwned=1</script>",
  "<img src=x onerror=pwned=1>",
  "</style><script>pwned=1</script>",
  "{{7*7}}",
];
/** What Excel and others take for a formula at the start of a cell (OWASP, CSV injection). */
const formula = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** Every cell of a file, as a spreadsheet would split it. */
function cellsOf(csv: string): readonly string[] {
  const rows = parse(csv, { bom: true, relaxColumnCount: true }) as string[][];
  return rows.flat();
}

test("nothing that was typed at a shelter runs in a spreadsheet or a page", async () => {
  await using place = await office();
  const { administrator } = place;
  await administrator.post("/api/shelter/sites", {
    ...{ shelter: "momonoki", label: payloads[0], capacity: 9, open: true },
  });
  for (const text of payloads) {
    const short = text.slice(0, 20);
    const details = {
      ...{ kana: text, name: text, address: text, phone: text, relation: short, needsNote: text },
      birthDate: "1950-04-01",
    };
    const entry = { shelter: "momonoki", details, needs: ["medicine"] };
    expect((await administrator.post("/api/shelter/entries", entry)).status, text).toBe(200);
  }
  const { body: csv } = await administrator.send("/api/shelter/evacuees.csv");
  const cells = cellsOf(csv["text"] as string);
  expect(cells.length).toBeGreaterThan(payloads.length * 6);
  expect(cells.filter((cell) => formula.test(cell))).toEqual([]);
  // What is harmless stays as it was typed.
  expect(cells).toContain("<img src=x onerror=pwned=1>");
  const { body: page } = await administrator.send("/api/shelter/evacuees.html");
  const html = page["text"] as string;
  expect(html).toContain("&lt;script&gt;");
  expect(html).not.toMatch(/<script|<img|onerror=pwned=1>(?!&)/);
  const list = await administrator.send("/api/shelter/evacuees");
  expect(list.headers.get("content-type")).toContain("application/json");
  expect(list.headers.get("x-content-type-options")).toBe("nosniff");
});

test("nothing that stands in the registry runs in a school's files and pages", async () => {
  await using place = await office();
  const { administrator } = place;
  const persons = payloads.flatMap((name, at) =>
    /["\t]/.test(name) ? [] : [{ reference: `R-${at}`, name }],
  );
  const stored = await administrator.post("/api/registry/persons", { records: persons });
  expect(stored.status).toBe(200);
  const members = persons.map(({ reference }, at) => ({
    ...{ class: "m-3-1", school: "=1+1", schoolYear: 2026, grade: "+1", name: "<img src=x>" },
    ...{ person: reference, role: "pupil", number: at + 1 },
  }));
  const placed = await administrator.post("/api/registry/classes", { records: members });
  expect(placed.status).toBe(200);
  const roster = { class: "m-3-1", school: "momonoki", from: "2026-04-01", until: "2027-03-31" };
  expect((await administrator.post("/api/school/rosters", roster)).status).toBe(200);
  for (const file of ["attendance.csv?day=2026-06-01", "month.csv?month=2026-06"]) {
    const { status, body } = await administrator.send(`/api/school/${file}&class=m-3-1`);
    expect(status, file).toBe(200);
    const cells = cellsOf(body["text"] as string);
    expect(
      cells.filter((cell) => formula.test(cell)),
      file,
    ).toEqual([]);
    expect(cells.filter((cell) => cell.includes("pwned")).length, file).toBeGreaterThan(1);
  }
  for (const file of ["attendance.html?day=2026-06-01", "month.html?month=2026-06"]) {
    const { status, body, headers } = await administrator.send(`/api/school/${file}&class=m-3-1`);
    expect(status, file).toBe(200);
    expect(body["text"], file).not.toMatch(/<script|<img/);
    expect(headers.get("content-security-policy"), file).toContain("default-src 'none'");
    expect(body["text"], file).not.toMatch(/<style|\sstyle=/); // The policy would leave them out.
    const href = /<link rel="stylesheet" href="([^"]+)"/.exec(body["text"] as string)?.[1] ?? "";
    const style = await administrator.send(href);
    expect(style.headers.get("content-type"), file).toContain("text/css");
    expect(style.body["text"], file).toContain("@page");
  }
});
