import { afterEach, beforeEach, expect, test } from "vitest";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { EvacueeList } from "#contract/shelter/evacuee-list.ts";
import { evacueeCsv, evacueeSheet } from "#contract/shelter/evacuee-sheet.ts";
import { type ShelterState, shownShelters } from "#contract/shelter/fold.ts";
import { handEntrySchema } from "#contract/shelter/hand-entry.ts";
import { proposedDuplicates } from "#gateway/shelter/duplicates.ts";
import { FamilyInquiry } from "#gateway/shelter/family-inquiry.ts";
import { PersonDetailsStore } from "#gateway/shelter/person-details.ts";
import { checkInByHand } from "#gateway/shelter/shelter-desk.ts";
import { shelterCheckIn } from "#gateway/views/shelter-check-in.ts";
import { temporaryFolder } from "./gateway-under-test.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";

const shelter = "momonoki";
const born = "1950-04-01";
let folder: ReturnType<typeof temporaryFolder>;
let desk: ServiceDeskUnderTest;
let details: PersonDetailsStore;
let state: ShelterState;
beforeEach(() => {
  folder = temporaryFolder();
  desk = new ServiceDeskUnderTest();
  state = desk.fold(shelterCheckIn());
  details = new PersonDetailsStore({
    database: `${folder.path}/details.db`,
    key: `${folder.path}/details.key`,
  });
});
afterEach(() => {
  details[Symbol.dispose]();
  desk[Symbol.dispose]();
  folder[Symbol.dispose]();
});

const ports = () => ({ record: desk.record, details, clock: desk.clock });
const entry = (given: object) => handEntrySchema.parse({ shelter, ...given });
const list = () =>
  new EvacueeList({
    shown: () => shownShelters(state),
    details,
    status: () => ({ silent: false, lastHeardAt: undefined }),
  });
const words = { time: (at: WallMs) => new Date(at).toISOString(), today: "2026-06-01" };

test("whoever is entered by hand is on the list, the CSV and the sheet, and in no event by name", async () => {
  const given = entry({
    details: { kana: "ヤマダ ハナ", name: "山田 花", birthDate: born },
    needs: ["medicine"],
  });
  await checkInByHand(ports(), given);
  const page = list().page({ shelter, offset: 0, limit: 10 });
  expect(page.rows.map(({ details: known }) => known?.name)).toEqual(["山田 花"]);
  expect(evacueeCsv(page, words)).toContain("山田 花");
  const sheet = evacueeSheet(page, words);
  expect(sheet).toContain("<td>山田 花</td>");
  // Each sheet of paper says what it is of, and of how many it is one.
  expect(sheet).toMatch(/<thead><tr class="running"[^>]*><td colspan="9">避難者名簿[^<]*現在</);
  expect(sheet).toContain('counter(page) " / " counter(pages)');
  expect(JSON.stringify(desk.events)).not.toMatch(/山田|ヤマダ/);
});

test("a household stands together, its head first, in the order of the readings", async () => {
  const wada = { kana: "わだ けん", isHouseholdHead: true };
  const { household } = await checkInByHand(ports(), entry({ details: wada, household: "new" }));
  await checkInByHand(ports(), entry({ details: { kana: "わだ あい" }, household }));
  await checkInByHand(ports(), entry({ details: { kana: "あべ みき" } }));
  const { rows } = list().page({ offset: 0, limit: 10 });
  expect(rows.map(({ details: known }) => known?.kana)).toEqual([
    "あべ みき",
    "わだ けん",
    "わだ あい",
  ]);
});

test("two entries of one reading and birth date are proposed once, and never after a human decided", async () => {
  const twice = { kana: "サトウ タロウ", birthDate: born };
  const one = await checkInByHand(ports(), entry({ details: twice }));
  const other = await checkInByHand(ports(), entry({ shelter: "sakura", details: twice }));
  const [found, ...more] = proposedDuplicates(shownShelters(state), details);
  expect(more).toEqual([]);
  expect(found?.why).toBe("reading-and-birth");
  const persons = [one.person, other.person] as [Pseudonym, Pseudonym];
  await desk.record({ type: "shelter.duplicate-decided", persons, same: true });
  expect(proposedDuplicates(shownShelters(state), details)).toEqual([]);
  expect(shownShelters(state).present).toHaveLength(1);
});

test("a family that was named hears where, and of whoever is under protection nobody hears", async () => {
  const families = [{ kana: "さとう はな", birthDate: "1975-01-02" }];
  const told = { details: { kana: "さとう じろう", birthDate: born }, families };
  const guarded = { details: { kana: "もり ゆき", birthDate: born }, families, protected: true };
  await checkInByHand(ports(), entry(told));
  await checkInByHand(ports(), entry(guarded));
  const inquiry = new FamilyInquiry({
    protectedNames: () => new Map(),
    shown: () => shownShelters(state),
    details,
    questionOf: (kana, birthDate) => details.questionOf(kana, birthDate),
    record: desk.record,
  });
  const asker = {
    pseudonym: "z".repeat(22) as Pseudonym,
    knownAs: [details.questionOf("サトウ ハナ", "1975-01-02")],
  };
  const ask = async (kana: string) => (await inquiry.ask(asker, { kana, birthDate: born })).answer;
  expect(await ask("サトウ ジロウ")).toBe("safe");
  expect(await ask("もり ゆき")).toBe("not-found");
  expect(await ask("だれ か")).toBe("not-found");
});
