import { join } from "node:path";
import { type Event, eventSchema } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { EvacueeList } from "#contract/shelter/evacuee-list.ts";
import { applyShelter, emptyShelters, shownShelters } from "#contract/shelter/fold.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { systemClock } from "#runtime/clock.ts";
import { openDatabase } from "#runtime/database.ts";

const people = 10_000;
const shelters = 40;
const pageRows = 100;
const asks = 2_000;
const changes = 60;

const syllables = [..."あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめも"];
const nameOf = (at: number) =>
  [7, 13, 29, 31].map((step) => syllables[(at * step) % syllables.length]).join("");
const personOf = (at: number) => `${at}`.padStart(22, "A") as Pseudonym;
const shelterOf = (at: number) => `shelter-${at % shelters}`;

/**
 * The list of 10,000 people, a hundred rows at a time, beside the same pages from a table of SQLite whose
 * covering index holds all that is asked: the least that a query can do.
 */
export function measureEvacuees(folder: string) {
  const state = emptyShelters();
  const details = new Map<Pseudonym, PersonDetails>();
  for (let at = 0; at < people; at++) {
    applyShelter(state, arrival(personOf(at), shelterOf(at), at + 1));
    details.set(personOf(at), { kana: nameOf(at), birthDate: "1960-01-01" });
  }
  const list = new EvacueeList({
    shown: () => shownShelters(state),
    details: { of: (person) => details.get(person), version: 1 },
    status: () => ({ silent: false, lastHeardAt: undefined }),
  });
  list.page({ offset: 0, limit: 1 });
  const ours = times(asks, (at) => {
    const { rows } = list.page({ shelter: shelterOf(at), offset: 50, limit: pageRows });
    if (rows.length !== pageRows) throw new Error("a page of the list is not whole");
    JSON.stringify(rows);
  });
  const city = times(asks, (at) => {
    JSON.stringify(list.page({ offset: (at % 90) * pageRows, limit: pageRows }).rows);
  });
  // Somebody comes, and the next page has to know of it.
  const afterChange = times(changes, (at) => {
    applyShelter(state, arrival(personOf(people + at), shelterOf(at), people + at + 1));
    list.page({ shelter: shelterOf(at), offset: 50, limit: pageRows });
  });
  return { ours, city, afterChange, sql: sqlPages(folder) };
}

function sqlPages(folder: string) {
  const database = openDatabase(join(folder, "evacuees.db"), {
    migrations: [
      `CREATE TABLE evacuees (person TEXT PRIMARY KEY, shelter TEXT NOT NULL, kana TEXT NOT NULL);
       CREATE INDEX by_shelter ON evacuees (shelter, kana, person);`,
    ],
    synchronous: "FULL",
  });
  const insert = database.prepare("INSERT INTO evacuees VALUES (?, ?, ?)");
  database.transaction(() => {
    for (let at = 0; at < people; at++) insert.run(personOf(at), shelterOf(at), nameOf(at));
  })();
  const page = database.prepare(
    "SELECT kana, person FROM evacuees WHERE shelter = ? ORDER BY kana, person LIMIT ? OFFSET 50",
  );
  const took = times(asks, (at) => {
    const rows = page.all(shelterOf(at), pageRows);
    if (rows.length !== pageRows) throw new Error("a page of the table is not whole");
    JSON.stringify(rows);
  });
  database.close();
  return took;
}

function arrival(person: Pseudonym, shelter: string, sequence: number): Event {
  return eventSchema.parse({
    ...{ v: 1, device: "gateway-desk" as DeviceId, sequence, previous: "A".repeat(43) },
    ...{ at: sequence as WallMs, clock: "synced" },
    body: { type: "shelter.checked-in", person, shelter, means: "hand" },
  });
}

/** Median and 99th percentile of so many runs, in milliseconds. */
function times(count: number, run: (at: number) => void) {
  const took = Array.from({ length: count }, (_, at) => {
    const from = systemClock.monotonic();
    run(at);
    return systemClock.monotonic() - from;
  }).sort((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.floor(count * share)]! * 1_000) / 1_000;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
