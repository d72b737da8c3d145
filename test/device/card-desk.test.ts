import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flawOfOpenings } from "#contract/evidence-commitment.ts";
import type { PinRequest } from "#device/step-up/perform.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { type Judgement, StepUpJudge } from "#gateway/step-up/judge.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import {
  cardNameOf,
  type Door,
  enrolAt as enrol,
  openDoor as openDoorIn,
  pseudonymOf,
  rules,
  service,
} from "#test/support/card-door.ts";
import { days, hierarchyAt, makeAuthority, makeCard } from "#test/support/card-hierarchy.ts";
import { identityOf } from "#test/support/card-proof.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { SoftCard } from "#test/support/soft-card.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const openDoor = (options: Parameters<typeof openDoorIn>[1] = {}) => openDoorIn(folder, options);

/** What a gateway that trusts the same authority makes of the last event. */
function judged(door: Door): Judgement {
  const folderOf = new TrustFolder(join(folder, "trust"), { clock: systemClock, log: silentLog });
  const judge = new StepUpJudge({
    rules: { ...rules, apartMsMax: 120_000 },
    nonces: { flawOf: () => undefined, use: () => undefined },
    cards: { flawOf: () => undefined, keep: () => undefined },
    cardNameOf,
    trust: () => folderOf.trust,
    wall: () => hierarchyAt,
  });
  const events = door.events();
  const event = events.at(-1);
  if (!event) throw new Error("nothing was written down");
  const openings = door.openings();
  expect(flawOfOpenings(event.body, openings)).toBeUndefined();
  const earlier = {
    event: (sequence: number) => events.find((one) => one.sequence === sequence),
    opening: () => undefined,
  };
  return judge.judge({ event, openings }, earlier, new Set());
}

test("a face in doubt and its own card: a step-up that admits, and that a gateway can prove", async () => {
  await using door = openDoor();
  const person = enrol(door, "Aoi");
  const sequence = await door.ask(person);
  await door.readers.put();
  expect(door.decisions).toEqual([{ outcome: "admit", reason: "card-proved", person }]);
  expect(door.screens.map(({ step }) => step)).toEqual(["touch", "read", "pin", "sign", "done"]);
  const [, answer] = door.events();
  expect(answer?.body).toMatchObject({
    ...{ outcome: "admit", answers: sequence, person: pseudonymOf(0, person) },
    evidence: [{ kind: "card", virtual: true, factor: "pin" }],
  });
  expect(judged(door)).toMatchObject({ kind: "proved", proved: { service } });
});

test("a step-up's PIN is wiped after use, and stands in no event and on no screen", async () => {
  const tries = ["0000", "1234"];
  await using door = openDoor({ keypad: async () => tries.shift() });
  enrol(door, "Aoi");
  await door.ask();
  await door.readers.put();
  expect(door.decisions[0]?.outcome).toBe("admit");
  expect(door.pins.map((pin) => [...pin])).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  expect(JSON.stringify([door.events(), door.screens])).not.toMatch(/1234|0000"/);
});

test("the tries that are left are shown, the last one is asked for, and then the card is blocked", async () => {
  const requests: PinRequest[] = [];
  await using door = openDoor({
    keypad: async (request) => {
      requests.push(request);
      return "9999";
    },
  });
  enrol(door, "Aoi");
  await door.ask();
  await door.readers.put();
  expect(requests).toEqual([
    { triesLeft: 3, wasWrong: false, isLastTry: false },
    { triesLeft: 2, wasWrong: true, isLastTry: false },
    { triesLeft: 1, wasWrong: true, isLastTry: true },
  ]);
  expect(door.events().at(-1)?.body).toMatchObject({
    outcome: "refuse",
    reason: "card-refused",
    cardRefusal: "CARD_PIN_BLOCKED",
  });
});

test.each([
  { name: "revoked", card: makeCard(stepUpAuthority, { serial: 1_234 }), code: "REVOKED" },
  {
    name: "expired",
    card: makeCard(stepUpAuthority, { notAfter: days(-1) }),
    code: "CERTIFICATE_EXPIRED",
  },
  { name: "of a foreign authority", card: makeCard(makeAuthority("x")), code: "PATH_NOT_FOUND" },
])("nobody is asked for the PIN of a card that is $name", async ({ card, code }) => {
  await using door = openDoor({ card: new SoftCard(card) });
  await door.ask();
  await door.readers.put();
  expect(door.pins).toEqual([]);
  expect(door.events().at(-1)?.body).toMatchObject({ reason: "card-refused", cardRefusal: code });
});

test("nobody's card opens no bus; a shelter counts its owner, as the same person each time", async () => {
  await using bus = openDoor();
  await bus.ask();
  await bus.readers.put();
  expect(bus.decisions).toEqual([{ outcome: "refuse", reason: "card-unknown" }]);
  await bus[Symbol.asyncDispose]();
  await using shelter = openDoor({ policy: defaultPolicyTable["shelter.check-in"] });
  for (let visit = 0; visit < 2; visit++) await shelter.readers.put();
  const [first, second] = shelter.decisions;
  expect(first).toMatchObject({ outcome: "admit", reason: "card-proved" });
  expect(second?.person).toBe(first?.person);
});

test("who comes with a card and no face is asked on record, and served", async () => {
  await using door = openDoor();
  enrol(door, "Aoi");
  await door.readers.put();
  const [ask, answer] = door.events();
  expect(ask?.body).toMatchObject({ outcome: "ask-card", reason: "policy-needs-card" });
  expect(answer?.body).toMatchObject({ outcome: "admit", answers: ask?.sequence });
  expect(judged(door).kind).toBe("proved");
});

test("a door that waited for nothing says so once, and the next ask is served", async () => {
  await using door = openDoor({ waits: true });
  enrol(door, "Aoi");
  const asked = await door.ask();
  await expect.poll(() => door.decisions.length).toBe(1);
  expect(door.events().at(-1)?.body).toMatchObject({ reason: "card-not-given", answers: asked });
});

test("a card that is taken away while the PIN is asked for ends the step-up", async () => {
  let asked: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await using door = openDoor({
    keypad: (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
        asked();
      }),
  });
  enrol(door, "Aoi");
  await door.ask();
  const served = door.readers.put();
  await waiting;
  door.readers.gone.abort();
  await served;
  expect(door.decisions).toEqual([{ outcome: "refuse", reason: "card-not-given" }]);
  expect(door.offers, "nobody is left standing").toEqual(["staff"]);
});

test("without a nonce nothing could be proved, so nobody is asked for a PIN", async () => {
  await using door = openDoor({ nonces: 0 });
  enrol(door, "Aoi");
  await door.ask();
  await door.readers.put();
  expect(door.pins).toEqual([]);
  expect(door.decisions).toEqual([{ outcome: "refuse", reason: "card-unprovable" }]);
});

test("a card that needs no PIN counts as possession, and only where that is approved", async () => {
  const policy = defaultPolicyTable[service];
  const approved = { factor: "possession", possessionApproval: "2026-17" } as const;
  await using door = openDoor({
    card: new SoftCard(stepUpCard, { needsPin: false }),
    policy: { ...policy, card: { ...policy.card, ...approved } },
  });
  enrol(door, "Aoi");
  await door.ask();
  await door.readers.put();
  expect(door.pins).toEqual([]);
  expect(door.events().at(-1)?.body).toMatchObject({
    evidence: [{ factor: "possession" }],
  });
});

test("a guardian's card speaks for the child whose face stands there", async () => {
  await using door = openDoor();
  const parent = enrol(door, "Parent");
  const [one, other] = ["One", "Other"].map((name) => enrol(door, name, stepUpCard, "guardian"));
  await door.ask(other);
  await door.readers.put();
  await door.ask(one);
  await door.readers.put();
  await door.ask();
  await door.readers.put();
  expect(door.decisions.map(({ person }) => person)).toEqual([other, one, parent]);
});

test("a card that was issued anew takes the old one's place, and the person stays", async () => {
  const renewed = makeCard(stepUpAuthority, { serial: 4_712 });
  await using door = openDoor();
  const person = enrol(door, "Aoi");
  expect(enrol(door, "Aoi", renewed)).toBe(person);
  expect(door.gallery.cards.personOf(identityOf(stepUpCard), undefined)).toBeUndefined();
  expect(door.gallery.cards.personOf(identityOf(renewed), undefined)).toBe(person);
  // Whoever is forgotten is forgotten with the card.
  door.gallery.remove(person);
  expect(door.gallery.cards.personOf(identityOf(renewed), undefined)).toBeUndefined();
});

test("a card is nobody else's while it is somebody's", async () => {
  await using door = openDoor();
  enrol(door, "Aoi");
  const templates = [new Float32Array([0, 1])];
  const other = door.gallery.enrol({ name: "Ren", templates, replace: false });
  expect(door.gallery.cards.link(identityOf(stepUpCard), other, "own")).toBe(false);
});
