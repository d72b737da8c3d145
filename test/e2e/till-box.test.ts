import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import { parseEvent } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import { unseal } from "#contract/seal.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import type { MedicalQueue } from "#gateway/views/medical-queue.ts";
import type { Payments } from "#gateway/views/payment-book.ts";
import { systemClock } from "#runtime/clock.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";
import { SoftPhone } from "#test/support/soft-phone.ts";

const [aoi] = madePeople;
const merchant = "bakery" as PlaceId;
let city: CityUnderTest;
let box: BoxUnderTest;
let payer: PersonId;
const phone = new SoftPhone();
/** Who answers when a phone is asked; nobody, while there is no verifier. */
let phoneOf: PersonId | undefined;
const phoneSays = (asked: { reference: string; amountYen?: number | undefined }) => {
  if (!phoneOf) return undefined;
  const { reference, amountYen = 0 } = asked;
  const said = { person: box.pseudonymOf(payer), reference, amountYen };
  return { kind: "proved", person: phoneOf, signed: phone.signs(said) } as const;
};
const start = () =>
  city.box("till-1", "payment", {
    duties: { till: { merchant, waitSeconds: 60 } },
    phone: { ask: async (asked) => phoneSays(asked) },
  });
const ask = (reference: string, amountYen: number, status = 200) =>
  box.askJson("POST", "/payments", { reference, amountYen }, status);
const end = (reference: string) => box.askJson("GET", `/payments/${reference}?wait=20`);

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  box = await start();
  payer = await box.enrol("Aoi", aoi);
  box.linkCard(payer);
  await city.gateway.desk.record({
    ...{ type: "place.box-assigned", service: "payment", box: box.id, place: merchant },
    from: systemClock.wall(),
  });
  await box.hasNonces();
  await city.cut();
}, 180_000);
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

test("while nothing is to be paid, nobody who passes is decided on", async () => {
  const until = systemClock.monotonic() + 3_000;
  await box.lookAt(aoi, () => systemClock.monotonic() > until);
  const types = box.appliance.outbox
    .read(1, 1_000)
    .map(
      ({ sealed }) => parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url")).body.type,
    );
  expect(types).not.toContain("decision.made");
}, 120_000);

test("a small amount is paid by face, without a network, and the same reference is the same payment", async () => {
  expect(await ask("r-1", 4_800)).toMatchObject({ state: "waiting", method: "face" });
  await box.showFace(aoi);
  const paid = await end("r-1");
  expect(paid).toMatchObject({ state: "authorised", amountYen: 4_800 });
  const event = parseEvent(await unseal("tebura-event+jws", paid.sealed, box.id, box.publicKey));
  expect(event.body).toMatchObject({
    ...{ type: "payment.authorised", merchant, reference: "r-1", amountYen: 4_800 },
    ...{ asked: ["face"], used: ["face"], tier: "up-to-100000 face" },
  });
  expect(await ask("r-1", 4_800)).toEqual(paid);
  expect(await ask("r-1", 4_801, 409)).toMatchObject({ code: "PAYMENT_DIFFERS" });
}, 180_000);

test("where a phone is asked for and none can be, the policy's equal way is offered and taken", async () => {
  const asked = await ask("r-2", 250_000);
  expect(asked).toMatchObject({ state: "waiting", method: "phone", notAvailable: true });
  expect(asked.alternative).toMatchObject({
    offer: "card",
    words: { en: expect.stringContaining("Card") },
  });
  expect(await box.putCard()).toMatchObject({ outcome: "admit", reason: "card-proved" });
  expect(await end("r-2")).toMatchObject({ state: "authorised" });
}, 180_000);

test("a large amount never falls to a weaker way: it is refused, and staff is offered", async () => {
  const asked = await ask("r-3", 800_000);
  expect(asked).toMatchObject({ state: "refused", reason: "phone-not-available" });
  expect(asked.alternative).toMatchObject({ offer: "staff" });
});

test("with a verifier plugged in, face and phone of one person pay a large amount together", async () => {
  phoneOf = payer;
  expect(await ask("r-4", 800_000)).toMatchObject({ state: "waiting", method: "face+phone" });
  await box.showFace(aoi);
  expect(await end("r-4")).toMatchObject({ state: "authorised" });
  phoneOf = "somebody-else" as PersonId;
  await ask("r-5", 800_000);
  await box.showFace(aoi);
  expect(await end("r-5")).toMatchObject({ state: "refused", reason: "factors-disagree" });
  phoneOf = undefined;
}, 180_000);

test("a till that lost its power knows what it authorised, and the gateway finds no flaw in it", async () => {
  const paid = await end("r-1");
  await box[Symbol.asyncDispose]();
  box = await start();
  expect(await ask("r-1", 4_800)).toEqual(paid);
  await city.connect();
  await box.delivered();
  const { payments } = await city.view<Payments>("payment");
  const stands = payments.map(({ reference, flaw, used }) => ({ reference, flaw, used }));
  expect(stands).toEqual([
    { reference: "r-1", flaw: null, used: ["face"] },
    { reference: "r-2", flaw: null, used: ["card"] },
  ]);
  // No verifier is plugged in: what is said of a phone is nobody's word, and lies in quarantine.
  const refused = city.gateway.quarantine.list(10).map(({ code }) => code);
  expect(refused).toEqual(["PHONE_NOT_VERIFIABLE", "PHONE_NOT_VERIFIABLE"]);
}, 180_000);

test("with the verifier at the gateway as well, the same payment stands with both factors that were used", async () => {
  await city.cut();
  await city.connect([], phone.verifier);
  phoneOf = payer;
  await ask("r-8", 800_000);
  await box.showFace(aoi);
  const paid = await end("r-8");
  expect(paid).toMatchObject({ state: "authorised", method: "face+phone" });
  expect(await ask("r-9", 120_000)).toMatchObject({ state: "authorised", method: "phone" });
  phoneOf = undefined;
  await box.delivered();
  const { payments } = await city.view<Payments>("payment");
  const both = payments.filter(({ reference }) => reference === "r-8" || reference === "r-9");
  expect(both).toMatchObject([
    { used: ["face", "phone"], asked: ["face", "phone"], flaw: null, otherThanPolicy: false },
    { used: ["phone"], tier: "up-to-500000 phone", flaw: null, otherThanPolicy: false },
  ]);
}, 180_000);

test.each([
  { atEdge: "stronger", at: { 100000: "phone", 100001: "phone", 500000: "face+phone" } },
  { atEdge: "weaker", at: { 100000: "face", 100001: "phone", 500000: "phone" } },
])(
  "at exactly 100,000 and 500,000 yen the till asks for the $atEdge method",
  async ({ atEdge, at }) => {
    const row = { ...defaultPolicyTable.payment, atEdge };
    await box.holdsPolicy(await city.sign({ payment: row }));
    for (const [amount, method] of Object.entries(at)) {
      const asked = await ask(`edge-${atEdge}-${amount}`, Number(amount));
      expect([amount, asked.method]).toEqual([amount, method]);
      await box.askJson("DELETE", `/payments/edge-${atEdge}-${amount}`);
    }
  },
  180_000,
);

test("one payment is open at a time, and one that was cancelled is over", async () => {
  await ask("r-6", 500);
  const other = await box.ask("POST", "/payments", { reference: "r-7", amountYen: 500 });
  expect(((await other.json()) as { code: string }).code).toBe("TOO_MANY_REQUESTS");
  expect(await box.askJson("DELETE", "/payments/r-6")).toMatchObject({ state: "over" });
  expect(await ask("r-7", 500)).toMatchObject({ state: "waiting" });
  await box.askJson("DELETE", "/payments/r-7");
  expect((await box.ask("GET", "/payments/unheard-of")).status).toBe(404);
});

test("at a clinic's box face and card stand in one event, and the gateway gives a place in the queue for them", async () => {
  const clinic = await city.box("clinic-1", "medical.reception");
  await city.gateway.desk.record({
    ...{ type: "place.box-assigned", service: "medical.reception", box: clinic.id },
    ...{ place: "clinic-a" as PlaceId, from: systemClock.wall() },
  });
  const patient = await clinic.enrol("Aoi", aoi);
  clinic.linkCard(patient);
  await clinic.hasNonces();
  expect(await clinic.showFace(aoi)).toMatchObject({ outcome: "ask-card" });
  expect(await clinic.putCard()).toMatchObject({ outcome: "admit" });
  await clinic.delivered();
  const { days, incomplete } = await city.view<MedicalQueue>("medical.reception");
  expect(incomplete).toEqual([]);
  const person = clinic.pseudonymOf(patient);
  expect(days[0]?.clinics).toMatchObject([
    {
      clinic: "clinic-a",
      visits: [{ number: 1, slip: "clinic-1-1", person, by: "face-and-card" }],
    },
  ]);
  // What the box tells the patient is what the clinic calls.
  expect(clinic.appliance.services.slipOf(patient)).toBe("clinic-1-1");
}, 180_000);
