import { Hono } from "hono";
import { beforeEach, expect, test } from "vitest";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { ClerksAnswer } from "#device/counter/clerks-question.ts";
import { CounterEnrolment, type CounterPorts } from "#device/counter/counter-enrolment.ts";
import { counterRoutes } from "#device/counter/counter-routes.ts";
import { KioskAccess } from "#device/kiosk/access.ts";
import { OperatorGate } from "#device/operator/operator-key.ts";
import { mountOperator } from "#device/operator/operator-routes.ts";
import { systemClock } from "#runtime/clock.ts";
import { askedAtKiosk } from "#test/support/kiosk-scenes.ts";

const [hana, other, twin] = ["hana", "other", "twin"] as PersonId[];
const numberB = () => Buffer.from("12022920304321");
const agreed = askedAtKiosk(["bus.boarding"]);
let happened: string[];
let recorded: object[];
let counter: CounterEnrolment;

/** A counter whose camera, card and gallery are the test's; the order of things is the counter's own. */
function open(change: Partial<CounterPorts> = {}): CounterEnrolment {
  const desk: NonNullable<CounterPorts["consents"]> = {
    withCard: async (work) => {
      happened.push("card");
      return await work({} as never, async () => undefined, {} as never);
    },
    identify: async () => hana!,
    wardWith: async () => ({ person: hana!, endsAt: 0 as WallMs }),
    wardNamed: () => ({ person: hana!, endsAt: 0 as WallMs }),
    enrolWith: async (_card, _askPin, { name }) => {
      happened.push(`signed ${name}`);
      return { person: hana!, renewed: false };
    },
  };
  return new CounterEnrolment({
    sitting: {
      progress: undefined,
      async enrol(request, signal, keep) {
        happened.push("pictures");
        await keep?.(request, [Float32Array.of(1, 0)], signal);
        return { ok: true, renewed: false };
      },
    },
    consents: desk,
    openCard: async () => ({}) as never,
    photographTemplate: async (_channel, digits) => {
      happened.push(`photograph ${Buffer.from(digits).toString()}`);
      return Float32Array.of(0.6, 0.8);
    },
    birthDateOn: async () => "2015-05-03",
    resembling: async () => [],
    falseMatchRateOf: () => 0.0004,
    nameOf: (person) => (person === other ? "青井" : undefined),
    keepInTrial: (name) => {
      happened.push(`kept ${name}`);
      return { person: hana!, renewed: false };
    },
    markLookAlikes: (one, second) => happened.push(`alike ${one} ${second}`),
    record: async (body) => recorded.push(body),
    pseudonymOf: (person) => `pseudonym of ${person}` as Pseudonym,
    service: "bus.boarding",
    onBegun: () => happened.push("begun"),
    onEnded: () => happened.push("ended"),
    ...change,
  });
}

beforeEach(() => {
  happened = [];
  recorded = [];
});

async function asked(): Promise<object | undefined> {
  await expect.poll(() => counter.view.step).toBe("question");
  return counter.view.question;
}
const ended = async () => {
  await expect.poll(() => counter.view.step).toBe("idle");
  return counter.view.ended;
};

test("the card comes first, then its photograph, then the face, and the signature last", async () => {
  counter = open();
  const digits = numberB();
  counter.begin({ name: "はな", agreed, numberB: digits });
  expect(await asked()).toEqual({ about: "photograph", falseMatchRate: 0.0004 });
  expect(happened).toEqual(["card", "photograph 12022920304321", "begun", "pictures"]);
  counter.answer("same");
  expect(await ended()).toEqual({ ok: true, renewed: false });
  expect(happened.slice(4)).toEqual(["signed はな", "ended"]);
  expect(
    [...digits].every((byte) => byte === 0),
    "number B is wiped",
  ).toBe(true);
  // What the clerk said is kept, and neither how alike they were nor a picture.
  expect(recorded).toEqual([photographEvent("same")]);
});

const photographEvent = (answer: string) => ({
  ...{ type: "enrolment.photograph-compared", service: "bus.boarding" },
  ...{ person: "pseudonym of hana", answer },
});

test("whom the face resembles is a question, and the answer is on record", async () => {
  const found = [
    { person: other!, falseMatchRate: 0.001 },
    { person: twin!, falseMatchRate: 0.002 },
  ];
  counter = open({ resembling: async (_, except) => (except === hana ? found : []) });
  counter.begin({ name: "はな", agreed, numberB: undefined });
  expect(await asked()).toEqual({ about: "enrolled", name: "青井", falseMatchRate: 0.001 });
  counter.answer("different");
  await expect.poll(() => counter.view.question).toMatchObject({ name: null });
  counter.answer("different");
  expect(await ended()).toMatchObject({ ok: true });
  expect(happened).toContain("alike hana other");
  expect(recorded).toEqual(
    found.map(({ person, falseMatchRate }) => ({
      ...{ type: "enrolment.compared", service: "bus.boarding", person: "pseudonym of hana" },
      ...{ other: `pseudonym of ${person}`, falseMatchRate, answer: "different" },
    })),
  );
});

test.each<{ answers: readonly ClerksAnswer[]; code: string; pictures: number }>([
  { answers: ["same"], code: "PERSON_ENROLLED", pictures: 1 },
  { answers: ["again", "again", "same"], code: "PERSON_ENROLLED", pictures: 3 },
])("$answers keeps nothing under a second card", async ({ answers, code, pictures }) => {
  counter = open({ resembling: async () => [{ person: other!, falseMatchRate: 0.001 }] });
  counter.begin({ name: "はな", agreed, numberB: undefined });
  for (const answer of answers) {
    await asked();
    counter.answer(answer);
    await expect.poll(() => counter.view.question === undefined || answer === "again").toBe(true);
  }
  expect(await ended()).toMatchObject({ ok: false, code });
  expect(happened.filter((one) => one === "pictures")).toHaveLength(pictures);
  expect(happened.join()).not.toMatch(/signed|kept/);
  expect(recorded).toEqual([expect.objectContaining({ answer: "same" })]);
});

test("a clerk who sees another face than the card's photograph enrols nobody", async () => {
  counter = open();
  counter.begin({ name: "はな", agreed, numberB: numberB() });
  await asked();
  counter.answer("different");
  expect(await ended()).toMatchObject({ ok: false, code: "CARD_REFUSED" });
  expect(happened.join()).not.toContain("signed");
  expect(recorded).toEqual([photographEvent("different")]);
});

test("one at a time, and whoever stops keeps nothing", async () => {
  counter = open({ resembling: async () => [{ person: other!, falseMatchRate: 0.001 }] });
  counter.begin({ name: "はな", agreed, numberB: undefined });
  expect(() => counter.begin({ name: "x", agreed, numberB: undefined })).toThrow(
    expect.objectContaining({ code: "ENROLMENT_BUSY" }),
  );
  await asked();
  counter.cancel();
  expect(await ended()).toMatchObject({ ok: false, code: "STOPPED" });
  expect(() => counter.answer("same")).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("a ward's card comes first and signs nothing, and the guardian's comes last", async () => {
  counter = open();
  const textPin = Buffer.from("1234");
  const guardian = { why: { birthDate: "2015-05-03" }, ward: "card", textPin } as const;
  counter.begin({ name: "はな", agreed, numberB: numberB(), guardian });
  expect(await asked()).toMatchObject({ about: "photograph" });
  expect(happened).toEqual(["card", "photograph 12022920304321", "begun", "pictures"]);
  counter.answer("same");
  expect(await ended()).toMatchObject({ ok: true });
  expect(happened.slice(4)).toEqual(["card", "signed はな", "ended"]);
  counter = open({ consents: undefined });
  expect(() => counter.begin({ name: "はな", agreed, numberB: undefined, guardian })).toThrow(
    expect.objectContaining({ code: "USAGE" }),
  );
});

test("in a trial there is no card, and the face alone is kept", async () => {
  counter = open({ consents: undefined });
  counter.begin({ name: " はな ", agreed: [], numberB: undefined });
  expect(await ended()).toEqual({ ok: true, renewed: false });
  expect(happened).toEqual(["begun", "pictures", "kept はな", "ended"]);
});

test("the operator's key opens the counter, and only words that were shown can be agreed to", async () => {
  counter = open();
  const app = new Hono();
  const access = new KioskAccess([]);
  const guardianships: unknown[] = [];
  mountOperator(app, {
    gate: new OperatorGate("12345678", systemClock),
    modules: [
      counterRoutes({
        counter,
        asked(guardianship) {
          guardianships.push(guardianship);
          return agreed;
        },
        fallen: () => [{ name: undefined, fallen: 1.4 }],
      }),
    ],
    isOurs: (request) => access.isOurs(request),
    log: () => undefined,
  });
  const ask = async (method: string, path: string, body?: object, key = "12345678") =>
    await app.request(`/operator/api${path}`, {
      method,
      headers: { host: "localhost", authorization: `Bearer ${key}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const begin = { name: "はな", services: ["bus.boarding"], consent: true };
  expect((await ask("POST", "/enrolment", begin, "00000000")).status).toBe(401);
  const { consents } = (await (await ask("GET", "/enrolment/consents")).json()) as {
    consents: { words: { ja: string } }[];
  };
  expect(consents[0]?.words.ja).toContain("バスの乗り降り");
  const nothing = await ask("POST", "/enrolment", { ...begin, services: [] });
  expect(await nothing.json()).toMatchObject({ code: "CONSENT_NEEDED" });
  await ask("GET", "/enrolment/consents?birthDate=2015-05-03");
  expect(guardianships).toEqual([undefined, { birthDate: "2015-05-03" }]);
  expect((await ask("GET", "/enrolment/consents?birthDate=yesterday")).status).toBe(400);
  const guardian = { why: { birthDate: "2015-05-03" }, ward: "card", textPin: "12345" };
  expect((await ask("POST", "/enrolment", { ...begin, guardian })).status).toBe(400);
  expect((await ask("POST", "/enrolment", begin)).status).toBe(202);
  expect(await ended()).toMatchObject({ ok: true });
  expect(await (await ask("GET", "/enrolment")).json()).toMatchObject({ step: "idle" });
  expect(await (await ask("GET", "/enrolment/fallen")).json()).toEqual({
    people: [{ name: null, fallen: 1.4 }],
  });
});
