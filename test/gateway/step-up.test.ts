import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { eventIn } from "#gateway/ledger/placed.ts";
import { startGateway } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import {
  admitted,
  aoi,
  askIn,
  cardCity,
  ren,
  report,
  statement,
  stepUp,
} from "#test/support/card-city.ts";
import {
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";
import { signStatement, stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";

const service = "shelter.check-in";
const at = hierarchyAt;
const ask = askIn(service);

/** A gateway that trusts the test authority, and a shelter's box. */
async function city(crl = makeCrl(stepUpAuthority)) {
  const parts = await cardCity(crl);
  return { ...parts, ...(await parts.place("shelter-1", service)) };
}
type City = Awaited<ReturnType<typeof city>>;

interface Present {
  readonly view: { readonly present: readonly { person: string }[]; readonly unidentified: number };
}

async function present({ ask }: City): Promise<Present["view"]> {
  const answer = await ask(`/api/views/${service}`);
  return ((await answer.json()) as Present).view;
}

test("a step-up that holds puts the person on the list, and uses up its nonce", async () => {
  await using place = await city();
  expect((await stepUp(place)).entry.refusal).toBeNull();
  expect(await present(place)).toMatchObject({ present: [{ person: aoi }], unidentified: 0 });
  expect(place.gateway.ingest.counts.stepUps).toBe(1);
  expect(place.gateway.cards.list(9)).toMatchObject([{ role: "own", status: "active" }]);
});

const otherDevice = "shelter-2" as DeviceId;
const attacks: readonly {
  readonly name: string;
  readonly code: StepUpCode;
  run(place: City): Promise<{ refusal: StepUpCode | null }>;
}[] = [
  {
    name: "the same statement once more",
    code: "NONCE_USED",
    async run(place) {
      const { signed, sequence } = await stepUp(place, { person: ren });
      return await report(place, ...admitted(place, signed, sequence, { person: ren }));
    },
  },
  {
    name: "a nonce that nobody issued",
    code: "NONCE_NEVER_ISSUED",
    run: async (place) => (await stepUp(place, { nonce: "A".repeat(22) })).entry,
  },
  {
    name: "a nonce that was leased to another box",
    code: "NONCE_OTHER_DEVICE",
    async run(place) {
      await using other = new TestDevice(otherDevice, 8);
      place.gateway.registerDevice(other.id, other.key.publicKey);
      await other.connect(place.mqttUrl);
      await other.sayHealth(0);
      const lease = await other.lease(place.gateway.publicKey);
      return (await stepUp(place, { nonce: lease.nonces[0]! })).entry;
    },
  },
  {
    name: "a statement of another box",
    code: "STATEMENT_OTHER_DEVICE",
    run: async (place) => (await stepUp(place, { device: otherDevice })).entry,
  },
  {
    name: "a statement of another event",
    code: "STATEMENT_OTHER_EVENT",
    run: async (place) => (await stepUp(place, { event: 77 })).entry,
  },
  {
    name: "an answer to an event that asked for nothing",
    code: "STATEMENT_OTHER_EVENT",
    async run(place) {
      const { sequence } = await report(place, { ...ask, outcome: "refuse" });
      const signed = signStatement(statement(place, sequence), stepUpCard);
      return await report(place, ...admitted(place, signed, sequence));
    },
  },
  {
    name: "an admission on a card, without the card",
    code: "STEP_UP_MISSING",
    async run(place) {
      const { sequence: answers } = await report(place, ask);
      const body = {
        ...ask,
        outcome: "admit",
        reason: "card-proved",
        person: aoi,
        answers,
      } as const;
      return await report(place, body);
    },
  },
  {
    name: "a statement that lies an hour from its event",
    code: "STATEMENT_OTHER_TIME",
    run: async (place) => (await stepUp(place, { at: (at - 3_600_000) as WallMs })).entry,
  },
  {
    name: "another card's signature",
    code: "STATEMENT_SIGNATURE_INVALID",
    async run(place) {
      const { sequence } = await report(place, ask);
      const wrong = signStatement(statement(place, sequence), stepUpCard, keyPair("rsa-2048", "x"));
      return await report(place, ...admitted(place, wrong, sequence));
    },
  },
  {
    name: "a card of an authority that nobody trusts",
    code: "PATH_NOT_FOUND",
    run: async (place) => (await stepUp(place, { card: makeCard(makeAuthority("own")) })).entry,
  },
  {
    name: "a card that has expired",
    code: "CERTIFICATE_EXPIRED",
    run: async (place) =>
      (await stepUp(place, { card: makeCard(stepUpAuthority, { notAfter: days(-1) }) })).entry,
  },
  {
    name: "a revoked card",
    code: "REVOKED",
    run: async (place) =>
      (await stepUp(place, { card: makeCard(stepUpAuthority, { serial: 1_234 }) })).entry,
  },
  {
    name: "somebody else's card",
    code: "CARD_OTHER_PERSON",
    async run(place) {
      await stepUp(place);
      const card = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "ren") });
      await stepUp(place, { card, person: ren });
      return (await stepUp(place, { person: ren })).entry;
    },
  },
  {
    name: "a PIN that was none",
    code: "STEP_UP_DIFFERS",
    async run(place) {
      const { sequence } = await report(place, ask);
      const signed = signStatement(statement(place, sequence), stepUpCard);
      const [body, openings] = admitted(place, { ...signed, factor: "possession" }, sequence);
      const pin = JSON.parse(JSON.stringify(body).replace("possession", "pin"));
      return await report(place, pin, openings);
    },
  },
  {
    name: "another card's name",
    code: "STEP_UP_DIFFERS",
    async run(place) {
      const { sequence } = await report(place, ask);
      const signed = signStatement(statement(place, sequence), stepUpCard);
      const card = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "ren") });
      return await report(place, ...admitted(place, signed, sequence, { card }));
    },
  },
  {
    name: "what another event has committed to",
    code: "NONCE_USED",
    async run(place) {
      const { entry } = await stepUp(place, { person: ren });
      const { body } = eventIn(entry.sealed);
      const opening = place.gateway.vault.openingOf(entry.index);
      return await report(place, body, opening && [opening]);
    },
  },
  {
    name: "a card that was reported lost",
    code: "CARD_LOST",
    async run(place) {
      await stepUp(place);
      const [card] = place.gateway.cards.list(1);
      place.gateway.cards.reportLost(card!);
      return (await stepUp(place)).entry;
    },
  },
  {
    name: "a second card for somebody whose first one still works",
    code: "CARD_UNKNOWN",
    async run(place) {
      await stepUp(place);
      const card = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "ren") });
      return (await stepUp(place, { card })).entry;
    },
  },
];

test.each(attacks)(
  "a step-up with $name is refused as $code, kept with its event, and in no view",
  async ({ run, code }) => {
    await using place = await city();
    const before = new Set((await present(place)).present.map(({ person }) => person));
    const { refusal } = await run(place);
    expect(refusal).toBe(code);
    expect(place.gateway.quarantine.list(9)).toMatchObject([{ code, device: place.box.id }]);
    const metrics = await (await place.ask("/metrics")).text();
    expect(metrics).toContain(`tebura_step_ups_refused_total{code="${code}"} 1`);
    expect(before.size).toBe(0);
    // The chain goes on: what comes next is receipted, and everything can still be verified.
    await report(place, ask);
    expect(await place.gateway.verifyLedger()).toMatchObject({ intact: true });
  },
);

test("a refused step-up leaves the person off the list, and the ask open", async () => {
  await using place = await city();
  await stepUp(place, { nonce: "A".repeat(22) });
  expect(await present(place)).toMatchObject({ present: [], unidentified: 1 });
});

test("stale lists refuse every step-up, and new ones in the folder count without a restart", async () => {
  const stale = makeCrl(stepUpAuthority, { thisUpdate: days(-20), nextUpdate: days(-10) });
  await using place = await city(stale);
  expect((await stepUp(place)).entry.refusal).toBe("CRL_STALE");
});

test("a nonce stays used when the power goes before its mark is on disk", async () => {
  await using place = await city();
  const { signed, sequence } = await stepUp(place);
  await place.stop();
  const database = new Database(place.files.nonces);
  database.exec("UPDATE nonces SET used = 0");
  database.close();
  await using again = await startGateway(place.dataDir, "Asia/Tokyo", 0, place.clock);
  await place.box.connect(again.mqttUrl);
  const entry = await report({ ...place, ...again }, ...admitted(place, signed, sequence));
  expect(entry.refusal).toBe("NONCE_USED");
});

test("a card that was issued anew keeps its person, and the old one opens nothing", async () => {
  await using place = await city();
  const { cards } = place.gateway;
  await stepUp(place);
  const [old] = cards.list(1);
  const card = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "new") });
  const identity = { ...old!, serial: parseCertificate(card.der).serial };
  cards.replace(old!, identity, at, days(900));
  expect((await stepUp(place, { card })).entry.refusal).toBeNull();
  expect((await stepUp(place)).entry.refusal).toBe("CARD_LOST");
  expect(new Set(cards.list(9).map(({ person }) => person)).size).toBe(1);
});

test("when a card has run out, the next one of the same person needs nobody's word", async () => {
  await using place = await city();
  const ending = makeCard(stepUpAuthority, { notAfter: (at + 1) as WallMs });
  await stepUp(place, { card: ending });
  const { cards } = place.gateway;
  const [old] = cards.list(1);
  const next = { card: { ...old!, serial: "7777" }, person: aoi, service } as const;
  expect(cards.flawOf({ ...next, at })).toBe("CARD_UNKNOWN");
  expect(cards.flawOf({ ...next, at: days(1) })).toBeUndefined();
});

test("a guardian's card speaks for the child that it is registered for, and for no other", async () => {
  await using place = await city();
  await stepUp(place);
  const [guardian] = place.gateway.cards.list(1);
  const card = makeCard(stepUpAuthority, { serial: 5_000, key: keyPair("rsa-2048", "ren") });
  await stepUp(place, { card, person: ren });
  expect((await stepUp(place, { person: ren })).entry.refusal).toBe("CARD_OTHER_PERSON");
  place.gateway.cards.addGuardian(guardian!, { service, person: ren }, at, null);
  expect((await stepUp(place, { person: ren })).entry.refusal).toBeNull();
  // The guardian is still somebody of their own.
  expect((await stepUp(place)).entry.refusal).toBeNull();
  expect((await present(place)).present).toHaveLength(2);
});

test("two cards that come in one batch do not both become one person's", async () => {
  await using place = await city();
  const serial = 4_712;
  const other = makeCard(stepUpAuthority, { serial, key: keyPair("rsa-2048", "second card") });
  const asks = [await report(place, ask), await report(place, ask)];
  const events: string[] = [];
  for (const [i, card] of [stepUpCard, other].entries()) {
    const { sequence } = asks[i]!;
    const signed = signStatement(statement(place, sequence), card);
    const [body, openings] = admitted(place, signed, sequence, { card });
    events.push(await place.box.next(body, { at }, openings));
  }
  for (const sealed of events) {
    place.gateway.ingest.accept(place.box.id, Buffer.from(sealed, "latin1"));
  }
  await place.gateway.ingest.settled();
  const entries = place.gateway.ledger.after(place.gateway.ledger.count - 2, 2);
  expect(entries.map(({ refusal }) => refusal)).toEqual([null, "CARD_UNKNOWN"]);
});
