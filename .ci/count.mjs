// What Vitest's report comes to: the tests that needed a second try, and the line that counts them all.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

const [path, status] = process.argv.slice(2);
let report = {};
try {
  report = JSON.parse(readFileSync(path, "utf8"));
} catch {
  say("The tests wrote no report: they ended before all had run.");
}

const passed = report.numPassedTests ?? 0;
const failed = report.numFailedTests ?? 0;
const skipped = report.numPendingTests ?? 0;
const files = report.testResults ?? [];
for (const { name, assertionResults } of files)
  for (const { fullName, status: end, failureMessages = [] } of assertionResults)
    if (end === "passed" && failureMessages.length > 0)
      say(`second try: ${relative(".", name)}: ${fullName}\n${failureMessages.join("\n")}\n`);

/** Files that broke before any of their tests ran. */
const broken = files.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
).length;
const lost = failed + broken;
say(`${passed} passed, ${lost} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(Number(status) !== 0 || lost > 0 || passed === 0 ? 1 : 0);
