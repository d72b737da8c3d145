import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Event, parseEvent } from "#contract/events.ts";
import type { DeviceId, PersonId, Pseudonym } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { cardIdentity } from "#contract/step-up.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import type { Decision } from "#device/policy/decide.ts";
import type { CardDesk, CardScreen } from "#device/step-up/card-desk.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { openCardDesk } from "#device/step-up/open-desk.ts";
import type { PinRequest } from "#device/step-up/perform.ts";
import { defaultPolicyTable, type ServicePolicy } from "#firmware-config/policy.ts";
import { type Judgement, StepUpJudge } from "#gateway/step-up/judge.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import {
  cardPolicies,
  days,
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { SoftCard, SoftReaders } from "#test/support/soft-card.ts";

const device = "bus-7" as DeviceId;
const key = keyOfSeed(1);
const service = "bus.boarding";
const rules = { policies: [cardPolicies.authentication], crlAgeMsMax: 72 * 3_600_000 };
const pseudonymOf = (_: unknown, person: PersonId) =>
  Buffer.from(person.padEnd(16, ".")).subarray(0, 16).toString("base64url") as Pseudonym;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Digits as somebody at the keypad would enter them, one answer for each request. */
type Keypad = (request: PinRequest, signal: AbortSignal) => Promise<string | undefined>;

interface Door extends AsyncDisposable {
  readonly desk: CardDesk;
  readonly readers: SoftReaders;
  readonly screens: CardScreen[];
  readonly decisions: Decision[];
  readonly gallery: GalleryStore;
  readonly pins: Uint8Array[];
  /** Asks for a card as a face in doubt does, and returns the event's sequence. */
  ask(likely?: PersonId): Promise<number>;
  events(): readonly Event[];
}

/** A door with real files: outbox, gallery, nonces and trust; only card and keypad are made. */
function openDoor({
  card = new SoftCard(stepUpCard),
  keypad = async () => "1234",
  policy = defaultPolicyTable[service],
  nonces = 3,
  waits = false,
}: {
  card?: SoftCard;
  keypad?: Keypad;
  policy?: ServicePolicy;
  nonces?: number;
  /** Whether the time to wait for a card passes at once. */
  waits?: boolean;
} = {}): Door {
  for (const [kind, bytes] of [
    ["anchors", stepUpAuthority.der],
    ["crls", makeCrl(stepUpAuthority)],
  ] as const) {
    mkdirSync(join(folder, "trust", kind), { recursive: true });
    writeFileSync(join(folder, "trust", kind, "one.der"), bytes);
  }
  const wall = () => hierarchyAt;
  const path = join(folder, "outbox.db");
  const clockQuality = () => "synced" as const;
  const outbox = new Outbox({ path, device, privateKey: key.privateKey, wall, clockQuality });
  const gallery = new GalleryStore({
    ...{ path: join(folder, "gallery.db"), key: Buffer.alloc(32, 1), wall },
    ...{ model: "made", dimensions: 2 },
  });
  const store = new NonceStore(join(folder, "nonces.db"));
  const lease = Array.from({ length: nonces }, (_, i) =>
    Buffer.alloc(16, i + 1).toString("base64url"),
  );
  if (nonces > 0) store.add({ v: 1, device, expiresAt: days(3), nonces: lease }, hierarchyAt);
  const readers = new SoftReaders();
  const screens: CardScreen[] = [];
  const decisions: Decision[] = [];
  const pins: Uint8Array[] = [];
  const sleep: typeof systemClock.sleep = (durationMs, signal) =>
    systemClock.sleep(waits && durationMs < 60_000 ? 0 : durationMs, signal);
  const desk = openCardDesk({
    cards: {
      readers,
      openCard: async () => card,
      prompt: {
        show: (screen) => screens.push(screen),
        async askPin(request, signal) {
          const digits = await keypad(request, signal);
          const pin = digits === undefined ? undefined : Uint8Array.from(Buffer.from(digits));
          if (pin) pins.push(pin);
          return pin;
        },
      },
    },
    clock: { ...systemClock, wall, sleep },
    log: silentLog,
    identity: { id: device, pseudonymOf },
    ...{ service, policy, nonces: store, links: gallery.cards },
    cardTrust: { ...rules, trustDir: join(folder, "trust") },
    record: outbox.append.bind(outbox),
    act: (decision) => decisions.push(decision),
  });
  return {
    ...{ desk, readers, screens, decisions, gallery, pins },
    async ask(likely) {
      const { sequence } = await outbox.append({
        ...{ type: "decision.made", service, outcome: "ask-card", reason: "face-ambiguous" },
        evidence: [],
      });
      desk.ask({ sequence, likely });
      return sequence;
    },
    events: () =>
      outbox
        .pending(1, 99)
        .map(({ sealed }) => parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url"))),
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      gallery[Symbol.dispose]();
      outbox[Symbol.dispose]();
    },
  };
}

const identityOf = (card: typeof stepUpCard) =>
  cardIdentity(parseCertificate(card.der), parseCertificate(stepUpAuthority.der));

function enrol(door: Door, name: string, card = stepUpCard, role: "own" | "guardian" = "own") {
  const known = door.gallery.find(name);
  const templates = [new Float32Array([1, 0])];
  const person = known ?? door.gallery.enrol({ name, templates, replace: false });
  expect(door.gallery.cards.link(identityOf(card), person, role)).toBe(true);
  return person;
}

/** What a gateway that trusts the same authority makes of the last event. */
function judged(events: readonly Event[]): Judgement {
  const folderOf = new TrustFolder(join(folder, "trust"), { clock: systemClock, log: silentLog });
  const judge = new StepUpJudge({
    rules: { ...rules, apartMsMax: 120_000 },
    nonces: { flawOf: () => undefined, use: () => undefined },
    cards: { flawOf: () => undefined, keep: () => undefined },
    trust: () => folderOf.trust,
    wall: () => hierarchyAt,
  });
  const last = events.at(-1);
  if (!last) throw new Error("nothing was written down");
  const asked = (sequence: number) => events.find((event) => event.sequence === sequence);
  return judge.judge(last, asked, new Set());
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
    evidence: [{ kind: "card", virtual: true, stepUp: { factor: "pin" } }],
  });
  expect(judged(door.events())).toMatchObject({ kind: "proved", proved: { service } });
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
  expect(judged(door.events()).kind).toBe("proved");
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
    evidence: [{ stepUp: { factor: "possession" } }],
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
