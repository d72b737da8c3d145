import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import { writeEventMessage } from "#contract/event-message.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import {
  admitted,
  askIn,
  type CardPlace,
  cardCity,
  report,
  statement,
  stepUp,
} from "#test/support/card-city.ts";
import { hierarchyAt as at } from "#test/support/card-hierarchy.ts";
import { signStatement, stepUpCard } from "#test/support/card-step-up.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

let city: Awaited<ReturnType<typeof cardCity>>;
let place: CardPlace;
/** Of the event that the ledger took before. */
let earlier: Opening;
/** The next event of the box, which nothing but its own evidence brings into the ledger. */
let sealed: string;
let own: Opening;

beforeAll(async () => {
  city = await cardCity();
  place = await city.place("shelter-1", "shelter.check-in");
  earlier = (await stepUp(place)).openings[0]!;
  const { sequence } = await report(place, askIn(place.service));
  const [body, openings] = admitted(place, signed(sequence), sequence);
  own = openings[0]!;
  sealed = await place.box.sealed({ body, at: at as WallMs });
});
afterAll(async () => await city?.[Symbol.asyncDispose]());

const signed = (sequence: number) => signStatement(statement(place, sequence), stepUpCard);

/** Publishes a message in the box's name, and gives the gateway's answer to it. */
async function answered(message: string) {
  await place.box.publish(message);
  const answer = await place.box.answer(place.gateway.publicKey);
  return answer.kind === "refusal" ? answer.refusal.code : answer.receipt.sequence;
}

const attacks: readonly { what: string; code: string; beside: () => readonly Opening[] }[] = [
  { what: "no evidence", code: "EVENT_EVIDENCE_MISSING", beside: () => [] },
  { what: "another event's evidence", code: "EVENT_EVIDENCE_MISMATCH", beside: () => [earlier] },
  {
    what: "another event's evidence under its own salt",
    code: "EVENT_EVIDENCE_MISMATCH",
    beside: () => [{ salt: own.salt, bytes: earlier.bytes }],
  },
  {
    what: "one byte of its evidence changed",
    code: "EVENT_EVIDENCE_MISMATCH",
    beside: () => [{ ...own, bytes: `B${own.bytes.slice(1)}` }],
  },
  { what: "its evidence twice", code: "EVENT_EVIDENCE_SUPERFLUOUS", beside: () => [own, own] },
  {
    what: "more than anybody has to send",
    code: "EVENT_OVERSIZED",
    beside: () => [own, { ...own, bytes: "A".repeat(limits.evidenceBytesMax) }],
  },
  { what: "what is no evidence", code: "EVENT_MALFORMED", beside: () => [{ ...own, salt: "A" }] },
];

test.each(attacks)(
  "an event with $what is refused as $code, and what came beside it is kept nowhere",
  async ({ code, beside }) => {
    const { gateway } = place;
    const before = gateway.ledger.count;
    expect(await answered(writeEventMessage({ sealed, openings: beside() }))).toBe(code);
    expect(gateway.ledger.count).toBe(before);
    const refused = gateway.quarantine.list(99).find((one) => one.code === code);
    expect(refused).toMatchObject({ device: place.box.id, bytes: sealed.length });
  },
);

test("an event that commits to nothing is refused with evidence beside it, and taken without", async () => {
  const other = await city.place("shelter-2", "shelter.check-in");
  const asking = await other.box.sealed({ body: askIn(place.service) });
  const answerTo = async (message: string) => {
    await other.box.publish(message);
    return await other.box.answer(other.gateway.publicKey);
  };
  expect(await answerTo(writeEventMessage({ sealed: asking, openings: [earlier] }))).toMatchObject({
    refusal: { code: "EVENT_EVIDENCE_SUPERFLUOUS" },
  });
  expect(await answerTo(asking)).toMatchObject({ receipt: { sequence: 1 } });
});

test("after all of that it is taken with its own evidence, once, and a repeat of it is receipted", async () => {
  const { gateway, box } = place;
  const message = writeEventMessage({ sealed, openings: [own] });
  expect(await answered(message)).toBe(box.sequence + 1);
  const index = gateway.ledger.count;
  expect(gateway.ledger.after(index - 1, 1)).toMatchObject([{ sealed, refusal: null }]);
  expect(gateway.vault.openingOf(index)).toEqual(own);
  expect(await answered(message)).toBe(box.sequence + 1);
  expect(gateway.ledger.count).toBe(index);
  expect(gateway.ingest.counts.repeated).toBe(1);
});

test("an event as it was before there were commitments is refused by its own code, and so is a ledger of them", async () => {
  await using box = new TestDevice("box-old", 99);
  const stepUp = signed(1);
  const evidence = [{ kind: "card", virtual: false, revocationAgeMs: 0, stepUp }];
  const body = { ...askIn(place.service), evidence };
  const old = await box.sealed({ body });
  const { gateway } = place;
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(city.mqttUrl);
  await box.publish(old);
  const refusal = { code: "EVENT_VERSION_UNKNOWN" };
  expect(await box.answer(gateway.publicKey)).toMatchObject({ refusal });
  using folder = temporaryFolder();
  {
    using ledger = new Ledger(gatewayFiles(folder.path).ledger);
    const entry = { device: box.id, sequence: 1, receivedAt: at, event: digestOf(old) };
    ledger.append([{ ...entry, sealed: old, refusal: null }]);
  }
  await expect(startGateway(folder.path)).rejects.toMatchObject({
    ...{ code: "EVENT_VERSION_UNKNOWN", message: expect.stringContaining("new data folders") },
  });
});
