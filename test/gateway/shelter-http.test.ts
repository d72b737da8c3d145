import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { card } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let clerk: ApiClient;
beforeEach(async () => {
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  clerk = new ApiClient(running.gateway, running.httpUrl, ["shelter:read", "shelter:write"]);
});
afterEach(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const site = (shelter: string, capacity = 100) => ({
  ...{ shelter, label: `${shelter} 小学校`, capacity, open: true },
});
const born = "1950-04-01";
const entryOf = (kana: string, changes: object = {}) => ({
  ...{ shelter: "momonoki", details: { kana, birthDate: born } },
  ...changes,
});

async function enter(kana: string, changes: object = {}): Promise<Pseudonym> {
  const { status, body } = await clerk.post("/api/shelter/entries", entryOf(kana, changes));
  expect({ status, body }).toMatchObject({ status: 200 });
  return body["person"] as Pseudonym;
}

/** A box whose events really go through the broker, sealed and receipted. */
async function boxAt(shelter: string) {
  const box = new TestDevice("hall-1", 7);
  running.gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  const place = { device: box.id, shelter, door: "entrance", from: 0 };
  expect(await clerk.post("/api/shelter/boxes", place)).toMatchObject({ status: 200 });
  return box;
}

test("a day at two shelters over HTTP: entry, transfer, check-out, list, file and sheet", async () => {
  for (const shelter of ["momonoki", "sakura"]) {
    expect(await clerk.post("/api/shelter/sites", site(shelter))).toMatchObject({ status: 200 });
  }
  const hana = await enter("やまだ はな", { needs: ["medicine"] });
  const taro = await enter("やまだ たろう", {
    details: { kana: "やまだ たろう", name: "山田 太郎", phone: "=1+1" },
  });
  const moved = { person: taro, from: "momonoki", to: "sakura" };
  expect(await clerk.post("/api/shelter/transfers", moved)).toMatchObject({ status: 200 });
  const again = await clerk.post("/api/shelter/transfers", moved);
  expect(again).toMatchObject({ status: 409, body: { code: "EVACUEE_ELSEWHERE" } });

  const here = await clerk.json("/api/shelter/evacuees?shelter=momonoki");
  expect(here).toMatchObject({
    ...{ total: 1, rows: [{ person: hana, details: { kana: "やまだ はな" } }] },
    shelters: [{ shelter: "momonoki", present: 1, free: 99, needs: { medicine: 1 } }],
  });
  const city = await clerk.json("/api/shelter/evacuees?limit=1&offset=1");
  expect(city).toMatchObject({ total: 2, offset: 1, rows: [{ person: hana }] });
  expect(city["asOf"]).toBeGreaterThan(systemClock.wall() - 60_000);

  const file = await (await clerk.get("/api/shelter/evacuees.csv")).text();
  expect(file).toContain("山田 太郎");
  expect(file).toContain("'=1+1"); // What a spreadsheet would run stays a text.
  const sheet = await clerk.get("/api/shelter/evacuees.html?shelter=sakura");
  expect(sheet.headers.get("cache-control")).toBe("no-store");
  const html = await sheet.text();
  expect(html).toContain("避難者名簿　sakura 小学校");
  expect(html).toContain("移動中");
  const style = /href="([^"]+)"/.exec(html)?.[1] ?? "";
  expect(await (await fetch(`${running.httpUrl}${style}`)).text()).toContain("size: A4 portrait");

  const out = { person: hana, shelter: "momonoki", reason: "relatives" };
  expect(await clerk.post("/api/shelter/check-outs", out)).toMatchObject({ status: 200 });
  expect(await clerk.json("/api/shelter/evacuees?shelter=momonoki")).toMatchObject({ total: 0 });
});

test("whoever came by card or face has the registry's name, the one that holds now; a spoilt record costs one name", async () => {
  const { persons, desk } = running.gateway;
  await clerk.post("/api/shelter/sites", site("momonoki"));
  const register = (reference: string, name: string, kana: string) =>
    persons.write(() => {
      for (const draft of draftsOf("persons", { reference, name, kana })) persons.put(draft);
      return { result: undefined, keep: true };
    });
  const people = [
    ["R-1", "蓮 太郎", "レン タロウ"],
    ["R-2", "森 花", "モリ ハナ"],
  ] as const;
  for (const [reference, name, kana] of people) {
    register(reference, name, kana);
    const person = persons.pseudonymOf("shelter.check-in", persons.idOf(reference)!);
    await desk.record({ type: "shelter.checked-in", person, shelter: "momonoki", means: "card" });
  }
  const names = async () => {
    const { rows } = await clerk.json("/api/shelter/evacuees");
    return (rows as { details: { name: string } | null }[]).map(({ details }) => details?.name);
  };
  expect(await names()).toEqual(["森 花", "蓮 太郎"]);
  register("R-2", "林 花", "ハヤシ ハナ");
  expect(await names()).toEqual(["林 花", "蓮 太郎"]);
  const database = new Database(join(folder.path, "registry.db"));
  const spoil = "UPDATE records SET sealed = zeroblob(60) WHERE id = ?";
  database.prepare(spoil).run(persons.idOf("R-1"));
  database.close();
  expect(await names()).toEqual(["林 花", undefined]);
});

test("whoever is forgotten loses what shelters wrote down of them, also as another entry", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  const { persons, desk, boxLists, forgetter } = running.gateway;
  persons.write(() => {
    const person = { reference: "R-3", name: "岸 実", kana: "キシ ミノル" };
    for (const draft of draftsOf("persons", person)) persons.put(draft);
    return { result: undefined, keep: true };
  });
  const byCard = persons.pseudonymOf("shelter.check-in", persons.idOf("R-3")!);
  const arrived = { type: "shelter.checked-in", shelter: "momonoki", means: "card" } as const;
  await desk.record({ ...arrived, person: byCard });
  const [byHand, other] = [await enter("きし みのる"), await enter("べつの ひと")];
  const same = [byCard, byHand] as [Pseudonym, Pseudonym];
  await desk.record({ type: "shelter.duplicate-decided", persons: same, same: true });
  expect(await forgetter.forget({ reference: "R-3" }, "test")).toMatchObject({ forgotten: true });
  expect(boxLists.details.of(byHand)).toBeUndefined();
  expect(boxLists.details.of(other)?.kana).toBe("べつの ひと");
  const { rows } = await clerk.json("/api/shelter/evacuees");
  expect(JSON.stringify(rows)).not.toMatch(/きし|キシ/);
});

test("no name is in the ledger, and every look at names is in it once before it is shown", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  await enter("すずき いちろう");
  for (const _ of [1, 2, 3]) await clerk.json("/api/shelter/evacuees");
  for (const _ of [1, 2]) await (await clerk.get("/api/shelter/evacuees.csv")).text();
  await clerk.json("/api/shelter/sites");
  const { ledger } = running.gateway;
  const payloads = ledger
    .after(0, 100)
    .map(({ sealed }) => Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString("utf8"));
  expect(payloads.join("\n")).not.toContain("すずき");
  const looks = payloads.filter((text) => text.includes("shelter.list-read"));
  expect(looks.map((text) => /"form":"([a-z]+)"/.exec(text)?.[1])).toEqual(["page", "csv", "csv"]);
  expect(looks[0]).toMatch(/"who":"api-key:[0-9a-f]{16}"/);
});

test("whoever a box did not know is counted, found by a clerk, and a silent box is named", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  await using box = await boxAt("momonoki");
  const unknown = {
    type: "decision.made",
    service: "shelter.check-in",
    outcome: "ask-card",
  } as const;
  await box.publish(await box.next({ ...unknown, reason: "face-unknown", evidence: [] } as never));
  await box.answer(running.gateway.publicKey);
  expect(await clerk.json("/api/shelter/sites")).toMatchObject({ unidentified: 1, total: 0 });
  const { sightings } = await clerk.json("/api/shelter/sightings");
  expect(sightings).toMatchObject([{ device: "hall-1", sequence: 1, shelter: "momonoki" }]);
  await enter("たかはし けい", { resolves: { device: "hall-1", sequence: 1 } });
  expect(await clerk.json("/api/shelter/sites")).toMatchObject({
    ...{ unidentified: 0, total: 1, silentDevices: [] },
  });
  running.gateway.fleet.invite("hall-2" as DeviceId, 3_600_000);
  const mute = { device: "hall-2", shelter: "momonoki", door: "entrance", from: 0 };
  await clerk.post("/api/shelter/boxes", mute);
  const { silentDevices } = await clerk.json("/api/shelter/evacuees?shelter=momonoki");
  expect(silentDevices).toEqual([{ device: "hall-2" }]);
});

test("one person entered in two shelters is proposed, and a human's word settles it", async () => {
  for (const shelter of ["momonoki", "sakura"])
    await clerk.post("/api/shelter/sites", site(shelter));
  const one = await enter("さとう じろう");
  const other = await enter("サトウ ジロウ", { shelter: "sakura" });
  const { duplicates } = await clerk.json("/api/shelter/duplicates");
  expect(duplicates).toMatchObject([
    { persons: [one, other].sort(), why: "reading-and-birth", details: [{}, {}] },
  ]);
  const decided = { persons: [one, other], same: true };
  expect(await clerk.post("/api/shelter/duplicates/decide", decided)).toMatchObject({
    status: 200,
  });
  expect(await clerk.json("/api/shelter/duplicates")).toEqual({ duplicates: [] });
  expect(await clerk.json("/api/shelter/evacuees")).toMatchObject({ total: 1 });
});

test("a family hears where; not found and under protection are the same bytes, and one event each", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  const families = [{ kana: "さとう はな", birthDate: "1975-01-02" }];
  await enter("さとう じろう", { families });
  await enter("もり ゆき", { families, protected: true });
  const box = new TestDevice("counter-1", 8);
  running.gateway.registerDevice(box.id, box.key.publicKey);
  const decision = await countered(box);
  const ask = async (kana: string) => {
    const asker = { kana: "サトウ ハナ", birthDate: "1975-01-02" };
    const about = { kana, birthDate: born };
    return await clerk.post("/api/shelter/inquiries", { decision, asker, about });
  };
  expect(await ask("サトウ ジロウ")).toMatchObject({
    ...{ status: 200, body: { answer: "safe", at: [{ label: "momonoki 小学校" }] } },
  });
  const before = running.gateway.ledger.count;
  expect(await ask("もり ゆき")).toEqual({ status: 200, body: { answer: "not-found" } });
  expect(await ask("だれ か")).toEqual({ status: 200, body: { answer: "not-found" } });
  expect(running.gateway.ledger.count).toBe(before + 2);
  const forged = { decision: { ...decision, sequence: 9 }, asker: families[0], about: families[0] };
  const refused = await clerk.post("/api/shelter/inquiries", forged);
  expect(refused).toMatchObject({ status: 404, body: { code: "DECISION_MISSING" } });
});

/** A decision at a counter with a card, appended as the ingest would once its step-up has held. */
async function countered(box: TestDevice): Promise<{ device: DeviceId; sequence: number }> {
  const { ledger } = running.gateway;
  const now = systemClock.wall();
  const body = {
    ...{ type: "decision.made", service: "counter", outcome: "admit", reason: "card-proved" },
    ...{ person: "A".repeat(22), evidence: [card("aaaa")] },
  };
  const sealed = await box.sealed({ body, at: now });
  const fixed = { device: box.id, sequence: 1, receivedAt: now, refusal: null };
  ledger.append([{ ...fixed, event: digestOf(sealed), sealed }]);
  return { device: box.id, sequence: 1 };
}

test("what is unknown is refused with its code, and nothing of it is recorded", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  const person = await enter("あべ みき");
  const before = running.gateway.ledger.count;
  const nobody = "B".repeat(22);
  const refused = [
    ["entries", entryOf("あ", { shelter: "nowhere" }), "SHELTER_UNKNOWN"],
    ["entries", entryOf("あ", { household: nobody }), "EVACUEE_UNKNOWN"],
    ["check-outs", { person: nobody, shelter: "momonoki", reason: "home" }, "EVACUEE_UNKNOWN"],
    ["check-outs", { person, shelter: "sakura", reason: "home" }, "EVACUEE_ELSEWHERE"],
    ["transfers", { person, from: "momonoki", to: "nowhere" }, "SHELTER_UNKNOWN"],
    ["persons/describe", { person: nobody, needs: [] }, "EVACUEE_UNKNOWN"],
    ["persons/details", { person: nobody, details: null }, "EVACUEE_UNKNOWN"],
    ["entries", entryOf(""), "USAGE"],
  ] as const;
  for (const [path, body, code] of refused) {
    expect((await clerk.post(`/api/shelter/${path}`, body)).body, path).toMatchObject({ code });
  }
  expect(running.gateway.ledger.count).toBe(before);
});

test("household, needs and words change, and what was erased is gone from the list", async () => {
  await clerk.post("/api/shelter/sites", site("momonoki"));
  const [head, child] = [await enter("わだ けん"), await enter("わだ あい")];
  const first = await clerk.post("/api/shelter/persons/describe", {
    person: head,
    household: "new",
  });
  const { household } = first.body as { household: string };
  const joined = { person: child, household, needs: ["infant", "allergy"], language: "pt" };
  expect(await clerk.post("/api/shelter/persons/describe", joined)).toMatchObject({ status: 200 });
  await clerk.post("/api/shelter/persons/details", { person: head, details: null });
  const { rows } = await clerk.json("/api/shelter/evacuees");
  expect(rows).toMatchObject([
    { person: child, household, needs: ["allergy", "infant"], language: "pt" },
    { person: head, household, details: null },
  ]);
});
