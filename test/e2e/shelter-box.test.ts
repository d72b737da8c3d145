import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Pseudonym } from "#contract/ids.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import type { Person } from "#gateway/persons/records.ts";
import { proposedDuplicates } from "#gateway/shelter/duplicates.ts";
import { systemClock } from "#runtime/clock.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";

let city: CityUnderTest;
let box: BoxUnderTest;
const site = { id: "momonoki", label: "桃木小学校", capacity: 300, door: "entrance" } as const;
const start = () => city.box("shelter-1", "shelter.check-in", { duties: { shelter: site } });
const hana = { kana: "ヤマダ ハナ", name: "山田 花", birthDate: "1950-04-01" };

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  box = await start();
  await box.delivered();
});
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

const here = async () => (await box.askJson("GET", "/shelter")) as Page;
interface Page {
  readonly people: readonly {
    readonly person: string;
    readonly means: string;
    readonly details: { kana: string } | null;
    readonly expected: boolean;
    readonly household: string | null;
  }[];
  readonly moved: readonly { readonly person: string }[];
  readonly namesWaiting: number;
}
const atGateway = async () => await city.view<ShelterCheckIn>("shelter.check-in");

test("with the network cut, a box checks people in by card and by hand, and keeps its list over a restart", async () => {
  const lists = () => box.appliance.services.health.lists?.map(({ name }) => name);
  await expect.poll(lists).toEqual(expect.arrayContaining(["handover-key", "shelter-people"]));
  await box.hasNonces();
  await city.cut();
  expect(await box.putCard()).toMatchObject({ outcome: "admit", reason: "card-proved" });
  await box.askJson("POST", "/shelter/people", { details: hana, needs: ["medicine"] }, 201);
  expect((await here()).people.map(({ means }) => means).sort()).toEqual(["card", "hand"]);
  await box[Symbol.asyncDispose]();
  expect(filesHolding("山田")).toEqual([]);
  box = await start();
  const { people, namesWaiting } = await here();
  expect(people.map(({ means }) => means).sort()).toEqual(["card", "hand"]);
  expect(people.find(({ means }) => means === "hand")?.details?.kana).toBe(hana.kana);
  expect(namesWaiting).toBe(1);
  const csv = await (await box.ask("GET", "/shelter/list.csv")).text();
  expect(csv).toContain("山田 花");
  const sheet = await (await box.ask("GET", "/shelter/list.html")).text();
  expect(sheet).toContain("桃木小学校");
  expect(sheet).toContain("<td>山田 花</td>");
});

test("what was told while alone reaches the gateway once, and the names sealed and in no event", async () => {
  const before = (await here()).people.map(({ person }) => person).sort();
  await city.connect();
  await box.delivered();
  await expect.poll(async () => (await here()).namesWaiting, { timeout: 60_000 }).toBe(0);
  const { present, shelters } = await atGateway();
  expect(present.map(({ person }) => person).sort()).toEqual(before);
  expect(shelters).toMatchObject([{ shelter: "momonoki", present: 2, devices: ["shelter-1"] }]);
  const byHand = present.find(({ means }) => means === "hand")!;
  expect(city.gateway.boxLists.details.of(byHand.person)?.name).toBe("山田 花");
  const events = city.gateway.ledger.after(0, 1_000).map(({ sealed }) => payloadOf(sealed));
  expect(events.join()).not.toMatch(/山田|ヤマダ/);
});

test("households and transfers of the gateway reach the box, count without a network, and come back once", async () => {
  const { desk } = city.gateway;
  const told = "T".repeat(22) as Pseudonym;
  const gone = (await here()).people.find(({ means }) => means === "hand")!.person as Pseudonym;
  const [household, mio] = ["U".repeat(22), "V".repeat(22)] as Pseudonym[];
  for (const [shelter, label] of [["sakura", "桜公民館"]] as const) {
    await desk.record({ type: "shelter.site-set", shelter, label, capacity: null, open: true });
  }
  const arrived = { type: "shelter.checked-in", means: "hand" } as const;
  await desk.record({ ...arrived, person: told, shelter: "sakura" });
  await desk.record({ type: "shelter.transferred", person: told, from: "sakura", to: "momonoki" });
  for (const person of [told, mio!]) {
    await desk.record({ type: "shelter.person-described", person, household: household! });
  }
  await desk.record({ ...arrived, person: mio!, shelter: "momonoki" });
  const { ren, hidden } = await known(told);
  await desk.record({ type: "shelter.transferred", person: gone, from: "momonoki", to: "sakura" });
  const named = async (person: Pseudonym) =>
    (await here()).people.find((one) => one.person === person)?.details?.kana;
  await expect.poll(() => named(told), { timeout: 60_000 }).toBe("トリデ トオル");
  expect(await named(ren)).toBe("レン タロウ");
  const persons = async () => (await here()).people.map(({ person }) => person);
  // What was recorded last is on the box, and with it everything before.
  const gonePersons = async () => (await here()).moved.map(({ person }) => person);
  await expect.poll(gonePersons, { timeout: 60_000 }).toEqual([gone]);
  await city.cut();
  await box[Symbol.asyncDispose]();
  box = await start();
  await expect.poll(persons, { timeout: 60_000 }).toContain(told);
  // Names that others entered are on this box's list without a network, and on its disk for nobody to read.
  await expect.poll(() => named(told), { timeout: 60_000 }).toBe("トリデ トオル");
  expect(await named(ren)).toBe("レン タロウ");
  expect(await persons()).toContain(hidden);
  expect(await named(hidden)).toBeUndefined();
  expect(["トリデ", "レン タロウ", "カクレ"].flatMap(filesHolding)).toEqual([]);
  const { people, moved } = await here();
  const expected = people.filter((one) => one.expected).map(({ person }) => person);
  expect(expected).toEqual([told]);
  const ofHousehold = people.filter((one) => one.household === household);
  expect(ofHousehold.map(({ person }) => person).sort()).toEqual([told, mio!].sort());
  expect(moved).toMatchObject([{ person: gone, shelter: "sakura", label: "桜公民館" }]);
  // Whoever was sent here arrives while nobody answers; the gateway hears of it once.
  await box.askJson("POST", "/shelter/arrive", { person: told });
  expect((await here()).people.find(({ person }) => person === told)?.expected).toBe(false);
  await city.connect();
  await box.delivered();
  const at = (await atGateway()).present.filter(({ person }) => person === told);
  expect(at).toMatchObject([{ shelter: "momonoki", expected: false, household }]);
  expect((await persons()).filter((person) => person === told)).toHaveLength(1);
  // As it was, for the others.
  await city.gateway.desk.record({ ...arrived, person: gone, shelter: "momonoki" });
  await expect.poll(persons, { timeout: 60_000 }).toContain(gone);
  const left = { type: "shelter.checked-out", shelter: "momonoki", reason: "home" } as const;
  for (const person of [told, mio!, ren, hidden]) {
    await city.gateway.desk.record({ ...left, person });
  }
  const others = async () => (await persons()).filter((one) => one === told || one === mio);
  await expect.poll(others, { timeout: 60_000 }).toEqual([]);
});

test("the same person by hand in a second shelter is proposed as one, and a human decides", async () => {
  const duties = { shelter: { ...site, id: "sakura", label: "桜公民館" } };
  const other = await city.box("shelter-2", "shelter.check-in", { duties });
  await other.askJson("POST", "/shelter/people", { details: hana }, 201);
  await other.delivered();
  const waiting = async () => (await other.askJson("GET", "/shelter")).namesWaiting;
  await expect.poll(waiting, { timeout: 60_000 }).toBe(0);
  const { details } = city.gateway.boxLists;
  const [proposal, ...more] = proposedDuplicates(await atGateway(), details);
  expect(more).toEqual([]);
  expect(proposal).toMatchObject({ why: "reading-and-birth" });
  const persons: [Pseudonym, Pseudonym] = [...proposal!.persons];
  await city.gateway.desk.record({ type: "shelter.duplicate-decided", persons, same: true });
  expect(proposedDuplicates(await atGateway(), details)).toEqual([]);
  expect((await atGateway()).present).toHaveLength(2);
});

test("a card that nobody enrolled is the same person at another shelter, who is then there", async () => {
  const duties = { shelter: { ...site, id: "ume", label: "梅小学校" } };
  const other = await city.box("shelter-3", "shelter.check-in", { duties });
  await other.hasNonces();
  expect(await other.putCard()).toMatchObject({ outcome: "admit" });
  await other.delivered();
  const { present } = await atGateway();
  const byCard = present.filter(({ means }) => means === "card");
  expect(byCard.map(({ shelter }) => shelter)).toEqual(["ume"]);
});

test("somebody who was entered by hand enrols their face, comes in by it as the same person, and leaves by it", async () => {
  const [seed] = madePeople;
  const details = { kana: "スズキ イチロウ" };
  const entered = await box.askJson("POST", "/shelter/people", { details }, 201);
  const byHand = entered as { readonly person: string };
  const enrolling = box.askJson("POST", "/shelter/face", { person: byHand.person, consent: true });
  let isEnrolled = false;
  const enrolled = enrolling.then(() => {
    isEnrolled = true;
  });
  await box.lookAt(seed, () => isEnrolled);
  await enrolled;
  const count = (await here()).people.length;
  expect(await box.showFace(seed)).toMatchObject({ outcome: "admit", reason: "face-matched" });
  expect((await here()).people).toHaveLength(count);
  await box.askJson("POST", "/shelter/next-leaves", { reason: "home" });
  expect(await box.showFace(seed)).toMatchObject({ outcome: "admit" });
  expect((await here()).people).toHaveLength(count - 1);
});

test("whose name headquarters has erased has none at the box; who was not handed over keeps theirs", async () => {
  const enter = async (kana: string) => {
    const details = { details: { kana } };
    const entered = await box.askJson("POST", "/shelter/people", details, 201);
    return (entered as { readonly person: string }).person as Pseudonym;
  };
  const nameOf = async (person: Pseudonym) =>
    (await here()).people.find((one) => one.person === person)?.details;
  const goes = await enter("キエル タロウ");
  await box.delivered();
  await expect.poll(async () => (await here()).namesWaiting, { timeout: 60_000 }).toBe(0);
  expect((await nameOf(goes))?.kana).toBe("キエル タロウ");
  city.gateway.boxLists.details.erase(goes, systemClock.wall());
  await city.cut();
  const stays = await enter("ノコル ハナ");
  await city.connect();
  await expect.poll(() => nameOf(goes), { timeout: 60_000 }).toBeNull();
  await expect.poll(async () => (await here()).namesWaiting, { timeout: 60_000 }).toBe(0);
  expect((await nameOf(stays))?.kana).toBe("ノコル ハナ");
  expect(city.gateway.boxLists.details.of(stays)?.kana).toBe("ノコル ハナ");
  await box[Symbol.asyncDispose]();
  box = await start();
  expect(await nameOf(goes)).toBeNull();
  expect((await nameOf(stays))?.kana).toBe("ノコル ハナ");
});

test("nobody sees the list without the box's key, or from another site's page", async () => {
  expect((await box.ask("GET", "/shelter", undefined, "00000000")).status).toBe(401);
  const headers = { authorization: `Bearer ${box.key}`, origin: "https://elsewhere.example" };
  expect((await fetch(`${box.url}/operator/api/shelter`, { headers })).status).toBe(403);
});

/** One whom a desk gave a name, and two whom the registry knows and a card checked in; one is under protection. */
async function known(told: Pseudonym) {
  const { boxLists, persons, desk } = city.gateway;
  boxLists.details.keep(told, { kana: "トリデ トオル" }, systemClock.wall());
  const checkedIn = async (person: Person) => {
    persons.write(() => {
      for (const draft of draftsOf("persons", person)) persons.put(draft);
      return { result: undefined, keep: true };
    });
    const id = persons.idOf(person.reference)!;
    const pseudonym = persons.pseudonymOf("shelter.check-in", id);
    const arrival = { shelter: "momonoki", means: "card" } as const;
    await desk.record({ type: "shelter.checked-in", person: pseudonym, ...arrival });
    return pseudonym;
  };
  const ren = await checkedIn({ reference: "R-1", name: "蓮 太郎", kana: "レン タロウ" });
  const secret = { reference: "R-2", name: "隠 れ", kana: "カクレ", protected: true };
  return { ren, hidden: await checkedIn(secret) };
}

const payloadOf = (sealed: string) =>
  Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString("utf8");

/** Files of the first box in which a text stands as it is. */
function filesHolding(text: string): readonly string[] {
  const folder = join(city.folder, "shelter-1");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => readFileSync(path).includes(text));
}
