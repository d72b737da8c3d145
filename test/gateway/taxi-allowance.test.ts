import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deskDevice } from "#contract/desk-device.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { openAllowance, sealAllowance, sheetPersonsMax } from "#contract/taxi-allowance.ts";
import { withSheet } from "#device/lists/sheets.ts";
import { type AllowanceBook, type OwnRide, roomFor } from "#device/taxi/allowance-book.ts";
import { rideEnded } from "#device/taxi/ride-ended.ts";
import { defaultTaxiTerms } from "#firmware-config/taxi.ts";
import { allowanceSheets, issueAllowance } from "#gateway/taxi/allowances.ts";
import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import { dayIn } from "#gateway/views/view.ts";
import { ann, ben, TaxiHistory, taxiBoxes, taxiPeople, tokyo } from "./taxi-history.ts";

const dayOf = dayIn("Asia/Tokyo");
const hourMs = 3_600_000;
const [one, two] = taxiBoxes as [DeviceId, DeviceId];
const noon = tokyo("2026-05-10T12:00:00") as WallMs;
const later = (hours: number) => (noon + hours * hourMs) as WallMs;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

const asked = { device: one, serial: 7, from: "2026-05-10", until: "2026-05-16" };
const sheetsOf = (history: TaxiHistory, change: Partial<typeof asked> = {}) =>
  allowanceSheets(history.rides(), defaultTaxiTerms, { ...asked, ...change });
const bookOf = (history: TaxiHistory, change?: Partial<typeof asked>): AllowanceBook =>
  sheetsOf(history, change).reduce<AllowanceBook>((book, sheet) => withSheet(book, sheet), []);
const room = (book: AllowanceBook, own: readonly OwnRide[], at: WallMs, person = ann) =>
  roomFor(book, own, { person, at }, { dayOf, terms: defaultTaxiTerms });

test("a sheet is opened by the box that it is for, and by no other, changed or of another key", async () => {
  const [sheet] = sheetsOf(new TaxiHistory().entitle());
  const sealed = await sealAllowance(sheet!, privateKey);
  expect(await openAllowance(sealed, one, publicKey)).toEqual(sheet);
  const refused = { code: "ALLOWANCE_INVALID" };
  const stranger = generateKeyPairSync("ed25519").publicKey;
  const changed = sealed.replace(/\.(.)/, (_, first) => `.${first === "e" ? "f" : "e"}`);
  await expect(openAllowance(sealed, two, publicKey)).rejects.toMatchObject(refused);
  await expect(openAllowance(sealed, one, stranger)).rejects.toMatchObject(refused);
  await expect(openAllowance(changed, one, publicKey)).rejects.toMatchObject(refused);
});

test("a full sheet fits into one message, and more people go into more sheets", async () => {
  const people = Array.from(
    { length: sheetPersonsMax * 2 + 1 },
    (_, i) => `${i}`.padStart(22, "p") as Pseudonym,
  );
  const sheets = sheetsOf(new TaxiHistory().entitle(people));
  expect(sheets.map(({ persons }) => persons.length)).toEqual([
    sheetPersonsMax,
    sheetPersonsMax,
    1,
  ]);
  const sealed = await sealAllowance(sheets[0]!, privateKey);
  expect(sealed.length).toBeLessThan(limits.messageBytesMax);
});

test("issuing is on record first, and its place in the ledger is the serial number", async () => {
  const history = new TaxiHistory().entitle();
  const ports = {
    record: async (body: Parameters<TaxiHistory["desk"]>[1]) => {
      history.desk(noon, body);
      return { index: history.queues.get(deskDevice)!.length };
    },
    rides: () => history.rides(),
    ...{ clock: { wall: () => noon }, dayOf, terms: () => defaultTaxiTerms, privateKey },
  };
  const {
    sheets: [sealed],
  } = await issueAllowance(ports, one, new Set([ben]));
  const sheet = await openAllowance(sealed!, one, publicKey);
  expect(sheet).toMatchObject({ serial: 5, from: "2026-05-10", until: "2026-05-16" });
  expect(sheet.persons.map(({ person }) => person)).toEqual([ben]);
  expect(history.queues.get(deskDevice)!.at(-1)?.body).toMatchObject({
    ...{ type: "taxi.allowance-issued", device: one },
  });
});

test("an allowance ends before the day on which its terms do", async () => {
  const [terms] = defaultTaxiTerms;
  const lowered = { ...terms!, validFrom: "2026-05-13", ridesPerYear: 60 };
  const history = new TaxiHistory().entitle();
  const record = async () => ({ index: 1 });
  const ports = { record, rides: () => history.rides(), clock: { wall: () => noon }, dayOf };
  const table = [...defaultTaxiTerms, lowered];
  const {
    sheets: [sealed],
  } = await issueAllowance({ ...ports, terms: () => table, privateKey }, one);
  expect(await openAllowance(sealed!, one, publicKey)).toMatchObject({ until: "2026-05-12" });
});

test("a box takes its own rides off, and not twice those that the gateway has counted", () => {
  const history = new TaxiHistory().entitle();
  const { sequence } = history.ride(one, {
    at: noon,
    people: [ann],
    fareYen: 900,
    subsidyYen: 450,
  });
  const book = bookOf(history);
  const counted: OwnRide = { person: ann, tapAt: later(-0.2), sequence };
  const going: OwnRide = { person: ann, tapAt: later(1), sequence: null };
  expect(room(book, [], later(1))).toMatchObject({ leftToday: 0, leftThisYear: 118 });
  expect(room(book, [counted], later(1))).toMatchObject({ kind: "allowed", leftToday: 0 });
  expect(room(book, [counted, going], later(2))).toMatchObject({ reason: "none-left-today" });
  expect(room(book, [counted, { ...going, person: ben }], later(2))).toMatchObject({
    leftToday: 0,
  });
  // The next day is new, and its year is not.
  expect(room(book, [counted, going], later(12))).toMatchObject({
    leftToday: 1,
    leftThisYear: 117,
  });
});

test.each([
  { at: "2026-05-09T23:59:59.999", reason: "allowance-not-begun" },
  { at: "2026-05-10T00:00:00", reason: undefined },
  { at: "2026-05-16T23:59:59.999", reason: undefined },
  { at: "2026-05-17T00:00:00", reason: "allowance-over" },
])("an allowance counts on its days by the clock in Tokyo: $at", ({ at, reason }) => {
  const answer = room(bookOf(new TaxiHistory().entitle()), [], tokyo(at) as WallMs);
  expect(answer).toMatchObject(reason ? { kind: "refused", reason } : { kind: "allowed" });
});

test("with no network over the new year, the box begins a new quota at midnight", () => {
  const history = new TaxiHistory().entitle();
  const days = { from: "2026-03-30", until: "2026-04-03" };
  const [sheet] = sheetsOf(history, days);
  const full = { ...sheet!, persons: sheet!.persons.map((one) => ({ ...one, usedThisYear: 120 })) };
  const at = (text: string) => room([full], [], tokyo(text) as WallMs);
  expect(at("2026-03-31T23:59:59")).toMatchObject({ reason: "none-left-this-year" });
  expect(at("2026-04-01T00:00:00")).toMatchObject({ kind: "allowed", leftThisYear: 119 });
});

test("who is not entitled, or not any more, gets no ride of a box", () => {
  const history = new TaxiHistory().entitle([ann, ben]);
  const from = { from: "2026-05-12", reason: "moved-away" };
  history.desk(2, { type: "taxi.entitlement-revoked", entitlement: "e-0", person: ann, ...from });
  const book = bookOf(history);
  expect(room(book, [], later(1))).toMatchObject({ kind: "allowed" });
  expect(room(book, [], later(48))).toMatchObject({ reason: "entitlement-over" });
  expect(room(book, [], noon, taxiPeople[3]!)).toMatchObject({ reason: "not-on-allowance" });
  // A later allowance without somebody ends the earlier one that named them.
  const next = sheetsOf(history, { serial: 8, from: "2026-05-12" });
  expect(room(withSheet(book, next[0]!), [], later(1))).toMatchObject({
    reason: "not-on-allowance",
  });
});

test("until all sheets of a newer allowance have come, the older ones speak for their people", () => {
  const [old] = sheetsOf(new TaxiHistory().entitle([ann, ben]));
  const [first] = sheetsOf(new TaxiHistory().entitle([ben]), { serial: 9 });
  const parts = [1, 2].map((sheet) => ({ ...first!, sheet, sheets: 2 }));
  const half = withSheet([old!], parts[1]!);
  expect(room(half, [], noon)).toMatchObject({ allowance: 7 });
  expect(room(half, [], noon, ben)).toMatchObject({ allowance: 9 });
  expect(room(withSheet(half, parts[0]!), [], noon)).toMatchObject({ reason: "not-on-allowance" });
});

/** A box that hears its gateway only when a step says so, driven by what its own code allows. */
class OfflineBox {
  book: AllowanceBook = [];
  readonly own: OwnRide[] = [];
  readonly device: DeviceId;

  constructor(device: DeviceId) {
    this.device = device;
  }

  ride(history: TaxiHistory, person: Pseudonym, tapAt: WallMs): void {
    const answer = room(this.book, this.own, tapAt, person);
    if (answer.kind === "refused") return;
    const admitted = { type: "decision.made", outcome: "admit", reason: "face-matched" } as const;
    const service = "taxi.subsidised-ride";
    const made = { ...admitted, service, person, evidence: [] as never[] } as const;
    const { sequence: tap } = history.add(this.device, tapAt, made);
    const endedAt = (tapAt + 600_000) as WallMs;
    const riding = [{ person, tap, tapAt, room: answer }];
    const metered = { company: "c-1", fareYen: 1_501, riding, endedAt };
    const body = rideEnded(metered, defaultTaxiTerms, dayOf);
    const { sequence } = history.add(this.device, endedAt, body);
    this.own.push({ person, tapAt, sequence });
  }
}

const step = fc.record({
  box: fc.nat(1),
  person: fc.constantFrom(ann, ben),
  minutes: fc.integer({ min: 15, max: 400 }),
  heard: fc.boolean(),
});

function drive(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): TaxiRides {
  const history = new TaxiHistory().entitle([ann, ben]);
  const boxes = [new OfflineBox(one), new OfflineBox(two)];
  for (const box of boxes) box.book = bookOf(history, { device: box.device, serial: 1 });
  let at = noon as number;
  for (const [i, { box: which, person, minutes, heard }] of steps.entries()) {
    at += minutes * 60_000;
    const box = boxes[which]!;
    const change = { device: box.device, serial: i + 2, from: dayOf(at) };
    if (heard)
      box.book = sheetsOf(history, { ...change, until: "2026-12-31" }).reduce(withSheet, box.book);
    box.ride(history, person, at as WallMs);
  }
  return history.rides();
}

test("one box overdraws nothing, whatever it heard and when", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const shown = drive(steps.map((made) => ({ ...made, box: 0 })));
      expect([...shown.overdraws, ...shown.findings]).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test("two boxes that hear each other's rides before each of their own overdraw nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      expect(drive(steps.map((made) => ({ ...made, heard: true }))).overdraws).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("two boxes that hear nobody give at most a day's rides each, and what is over is recorded", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const shown = drive(steps.map((made) => ({ ...made, heard: false })));
      const used = shown.persons.flatMap(({ days }) => days.map((day) => day.used));
      for (const rides of used) expect(rides).toBeLessThanOrEqual(4);
      const over = used.reduce((sum, rides) => sum + Math.max(0, rides - 2), 0);
      expect(shown.overdraws).toHaveLength(over);
      expect(shown.findings).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
