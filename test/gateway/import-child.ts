// Imports the file that it is given, so that a test can kill it in the middle.
import { readFileSync } from "node:fs";
import { importBatches } from "#gateway/import/import-batches.ts";
import { readFile } from "#gateway/import/read-file.ts";
import { openPersons } from "#gateway/persons/open-persons.ts";
import { systemClock } from "#runtime/clock.ts";

const [, , dir = "", file = ""] = process.argv;
const batch = readFile("persons", readFileSync(file), { today: "2026-04-01" });
using persons = openPersons(dir, { clock: systemClock, audit: async () => undefined });
process.stdout.write("importing\n");
const report = importBatches(persons.registry, [batch], false);
process.stdout.write(`${report.imported}\n`);
