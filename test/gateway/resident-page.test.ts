import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { personSchema } from "#gateway/persons/records.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { dimensions, GalleryBox, trialCard, trustIn } from "#test/support/gallery-box.ts";
import { runCommand } from "#test/support/run-command.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const service = "bus.boarding";
const patience = { timeout: 60_000, interval: 100 };
const parts = new Disposables();
let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startSecureGateway>>;
let counter: ApiClient;

beforeAll(async () => {
  folder = temporaryFolder();
  const { trustDir } = trialCard(join(folder.path, "card"));
  trustIn(join(folder.path, "gateway"), trustDir);
  running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  counter = new ApiClient(running.gateway, running.httpUrl, ["consents:write"]);
  for (const [reference, isProtected] of [
    ["R-AOI", false],
    ["R-REN", false],
    ["R-HIDDEN", true],
  ] as const) {
    const person = personSchema.parse({
      reference,
      name: `${reference} 様`,
      protected: isProtected,
    });
    running.gateway.persons.write(() => {
      for (const draft of draftsOf("persons", person)) running.gateway.persons.put(draft);
      return { result: undefined, keep: true };
    });
    await agree(reference);
  }
});
afterAll(async () => {
  await parts[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

const nameOf = (reference: string) => {
  const { persons } = running.gateway;
  return persons.pseudonymOf(service, persons.idOf(reference) as PersonId);
};

/** A consent on record, as the desk would have it after it verified a card. */
async function agree(reference: string): Promise<void> {
  const signedAt = systemClock.wall();
  const until = (signedAt + 1e9) as WallMs;
  const body: EventBody = {
    ...{ type: "consent.given", service, person: nameOf(reference), by: "self" },
    ...{ signedAt, from: signedAt, until, statement: "A".repeat(43) as never },
  };
  await running.gateway.desk.record(body);
}

/** Somebody at their own page, by the code that a counter gave them. */
async function at(asked: object) {
  const { status, body } = await counter.post("/api/resident/admissions", asked);
  expect(status).toBe(200);
  const client = new StaffClient(running.pageUrl, "resident");
  expect((await client.begin(body["code"] as string)).status).toBe(200);
  return client;
}

const standing = async (client: StaffClient) =>
  ((await client.send("/api/resident/consents")).body["consents"] as { state: string }[]).map(
    ({ state }) => state,
  );
const bodies = () =>
  running.gateway.ledger.after(0, 10_000).map((entry) => placed(entry).event.body);

test("from the code to the certificate: a consent is ended at the page and its deletion followed to the end", async () => {
  const { card, trustDir } = trialCard(join(folder.path, "card"));
  const options = { folder: folder.path, id: "bus-a", service, trustDir } as const;
  const box = parts.use(await GalleryBox.open(running, options));
  await box.start();
  const face = gaussianUnit(randomFrom(9), dimensions);
  await box.enrol("Aoi", face, card);
  const { person } = box.store.consents.all()[0]!;
  const admit = { service, person };
  await expect
    .poll(async () => (await counter.post("/api/resident/admissions", admit)).status, patience)
    .toBe(200);
  const client = await at(admit);
  await expect.poll(async () => await standing(client), patience).toEqual(["standing"]);
  expect((await client.post("/api/resident/certificate", { service })).body).toMatchObject({
    code: "DELETION_PENDING",
  });
  expect((await client.post("/api/resident/withdraw", { service })).status).toBe(200);
  expect(bodies()).toContainEqual(
    expect.objectContaining({
      ...{ type: "consent.withdrawn", person, how: "web" },
      who: expect.stringMatching(/^resident:[0-9a-f]{16}$/),
    }),
  );
  await expect
    .poll(async () => (await client.send("/api/resident/consents")).body, patience)
    .toMatchObject({
      consents: [
        {
          state: "withdrawn",
          label: "バスの乗り降り",
          name: { ja: "バスの乗り降り", en: "boarding and leaving a bus" },
          deletion: { gone: 1, of: 1, certified: true },
        },
      ],
    });
  expect(await box.recognises(face)).toBeUndefined();
  const { body } = await client.post("/api/resident/certificate", { service });
  expect(body["html"]).toMatch(/削除証明書[\s\S]*Certificate of deletion/);
  // Nobody is in the registry by that name, so there is no sheet.
  expect((await client.post("/api/resident/own-data", {})).body).toMatchObject({
    code: "PERSON_NOT_FOUND",
  });
});

test("own data are the session's own, in Japanese, and that somebody asked stands in them", async () => {
  const client = await at({ reference: "R-AOI" });
  const { body } = await client.post("/api/resident/own-data", {});
  expect(body["sheet"]).toContain("R-AOI 様");
  expect(body["sheet"]).toContain("顔認識への同意");
  expect(body["sheet"]).toMatch(/resident:[0-9a-f]{16}　本人からの開示請求のため/);
  expect(body["sheet"]).not.toContain("R-REN");
});

test("whoever is under protection sees their own, and nobody makes a code for them without the right", async () => {
  const asked = { reference: "R-HIDDEN" };
  expect((await counter.post("/api/resident/admissions", asked)).body).toMatchObject({
    code: "PERSON_NOT_FOUND",
  });
  const { gateway, httpUrl } = running;
  const carer = new ApiClient(gateway, httpUrl, ["consents:write", "protected:read"]);
  const reason = { "x-tebura-reason": "counter" };
  const made = await carer.post("/api/resident/admissions", asked, reason);
  expect(made.status).toBe(200);
  const client = new StaffClient(running.pageUrl, "resident");
  await client.begin(made.body["code"] as string);
  expect(await standing(client)).toEqual(["standing"]);
  const { body } = await client.post("/api/resident/own-data", {});
  expect(body["sheet"]).toContain("R-HIDDEN 様");
});

test("another's name, in whatever place, is refused or changes nothing of theirs", async () => {
  const [aoi, ren] = [await at({ reference: "R-AOI" }), await at({ reference: "R-REN" })];
  const other = nameOf("R-REN");
  for (const smuggled of [
    { service, person: other },
    { service, reference: "R-REN" },
    { service, who: { reference: "R-REN" } },
    { service, account: "resident:0000000000000000" },
    { service: [service, other] },
  ]) {
    expect((await aoi.post("/api/resident/withdraw", smuggled)).body).toMatchObject({
      code: "USAGE",
    });
    expect((await aoi.post("/api/resident/certificate", smuggled)).status).toBe(400);
  }
  expect((await aoi.post("/api/resident/own-data", { reference: "R-REN" })).status).toBe(400);
  await aoi.post(`/api/resident/withdraw?person=${other}`, { service });
  expect(await standing(aoi)).toEqual(["withdrawn"]);
  expect(await standing(ren)).toEqual(["standing"]);
  // A program's key for counters is no session, and a session is no key.
  expect((await counter.post("/api/resident/withdraw", { service })).status).toBe(421);
  expect(
    (await aoi.post("/api/consents/withdraw", { service, person: other, how: "web" })).status,
  ).toBe(401);
});

test("another page, another origin, a missing token and a stolen kind of cookie do nothing", async () => {
  const ren = await at({ reference: "R-REN" });
  const tries: Record<string, string>[] = [
    { "x-tebura-csrf": "" },
    { "x-tebura-csrf": "A".repeat(43) },
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "content-type": "text/plain" },
    { cookie: ren.cookie.replace("resident", "staff") },
    { cookie: ren.cookie.replace("resident", "family") },
    { cookie: "" },
  ];
  for (const headers of tries) {
    const { status } = await ren.post("/api/resident/withdraw", { service }, headers);
    expect(`${JSON.stringify(headers)} ${status}`).toMatch(/ (400|401|403)$/);
  }
  expect((await ren.send("/api/resident/withdraw")).status).toBe(404);
  expect(await standing(ren)).toEqual(["standing"]);
});

test("a code is good once, a new one ends what the old one opened, and sign-out ends the session", async () => {
  const first = await at({ reference: "R-REN" });
  const second = await at({ reference: "R-REN" });
  expect((await first.send("/api/resident/me")).status).toBe(401);
  expect((await first.signIn()).body).toMatchObject({ code: "SIGN_IN_REFUSED" });
  expect((await second.post("/api/resident/sign-out", {})).body).toEqual({ ended: 1 });
  expect((await second.send("/api/resident/consents")).status).toBe(401);
  expect((await second.signIn()).status).toBe(200);
  expect((await second.send("/api/resident/me")).status).toBe(200);
});

test("the command line gives a code for whom the gateway knows, and for nobody else", async () => {
  const run = async (...args: readonly string[]) => {
    const words = ["resident", ...args, "--json", "--data", folder.path];
    const { status, out } = await runCommand(words);
    return { status, said: JSON.parse(out || "{}") };
  };
  const made = await run("code", "R-AOI");
  expect(made.status).toBe(0);
  const client = new StaffClient(running.pageUrl, "resident");
  expect((await client.begin(made.said.code)).status).toBe(200);
  expect((await run("code", service, nameOf("R-REN"))).status).toBe(0);
  for (const nobody of [["R-NOBODY"], [service, "A".repeat(22)]]) {
    expect(await run("code", ...nobody)).toMatchObject({
      ...{ status: 1, said: { error: { code: "PERSON_NOT_FOUND" } } },
    });
  }
  expect((await run("code")).status).toBe(2);
});

test("guesses, withdrawals and own data are bounded, each by whom it harms", async () => {
  const ren = await at({ reference: "R-REN" });
  const sheets: number[] = [];
  for (let i = 0; i < 5; i++) sheets.push((await ren.post("/api/resident/own-data", {})).status);
  expect(sheets.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
  const acts: number[] = [];
  for (let i = 0; i < 40; i++) {
    acts.push((await ren.post("/api/resident/withdraw", { service: "payment" })).status);
  }
  expect(acts.slice(0, 3)).toEqual([404, 404, 404]);
  expect(acts).toContain(429);
  const guesser = new StaffClient(running.pageUrl, "resident");
  const guesses: number[] = [];
  for (let i = 0; i < 20; i++) guesses.push((await guesser.begin("AAAA-BBBB-CCCC")).status);
  expect(guesses[0]).toBe(401);
  expect(guesses).toContain(429);
});
