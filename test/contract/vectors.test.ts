import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connectPassword, passwordProves } from "#contract/connect.ts";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { readEventMessage, writeEventMessage } from "#contract/event-message.ts";
import { type EventBody, parseEvent } from "#contract/events.ts";
import { commitmentOf, flawOfOpenings, openingOf } from "#contract/evidence-commitment.ts";
import { healthSchema } from "#contract/health.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { type Lease, openLease, sealLease } from "#contract/leases.ts";
import { type Answer, openAnswer, sealAnswer } from "#contract/receipts.ts";
import { type SealType, seal, unseal } from "#contract/seal.ts";
import { filterOf, parseTopic, topicOf } from "#contract/topics.ts";
import { openTreeHead, sealTreeHead } from "#contract/tree-head.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

/** Ed25519 is deterministic: the same value under the same key is the same bytes, on any machine. */
const device = "box-01" as DeviceId;
const deviceKey = keyOfSeed(1);
const gatewayKey = keyOfSeed(2);
const at = 1_790_000_000_000 as WallMs;
const person = "AAECAwQFBgcICQoLDA0ODw" as Pseudonym;

/** What a card signed, under a salt that is fresh each time, elsewhere. */
const opening = openingOf(Buffer.from("what a card signed"), Buffer.alloc(16, 7));

const bodies: Readonly<Record<string, EventBody>> = {
  "decision-admit": {
    type: "decision.made",
    service: "bus.boarding",
    outcome: "admit",
    reason: "face-matched",
    person,
    evidence: [
      {
        kind: "face",
        model: "dlib-resnet",
        frames: 3,
        falseMatchRate: 0.0001,
        liveness: "not-checked",
      },
    ],
  },
  "decision-refuse": {
    type: "decision.made",
    service: "school.attendance",
    outcome: "refuse",
    reason: "gallery-empty",
    evidence: [
      { kind: "face", model: "dlib-resnet", frames: 1, falseMatchRate: null, liveness: "failed" },
    ],
  },
  "decision-card": {
    type: "decision.made",
    service: "shelter.check-in",
    outcome: "admit",
    reason: "card-proved",
    person,
    answers: 41,
    evidence: [
      {
        kind: "card",
        virtual: true,
        revocationAgeMs: 3_600_000,
        factor: "pin",
        card: "EBESExQVFhcYGRobHB0eHw" as Pseudonym,
        commitment: commitmentOf(opening),
      },
    ],
  },
  "source-changed": { type: "source.changed", source: "camera", state: "covered" },
  "device-started": { type: "device.started", version: "0.1.0", service: "shelter.check-in" },
};

const answers: Readonly<Record<string, Answer>> = {
  receipt: {
    kind: "receipt",
    receipt: {
      v: 1,
      device,
      sequence: 7,
      event: digestOf("e"),
      index: 9,
      entry: digestOf("l"),
      at,
    },
  },
  refusal: {
    kind: "refusal",
    refusal: { v: 1, device, code: "EVENT_SEQUENCE_GAP", event: digestOf("e"), expected: 3, at },
  },
};

const health = {
  v: 1,
  device,
  at,
  version: "0.1.0",
  service: "bus.boarding",
  source: "camera",
  sourceState: "streaming",
  sequence: 7,
  outboxDepth: 0,
  framesPerSecond: 12.5,
  framesDropped: 3,
  galleryPeople: 5_000,
  cardReader: "none",
  nonces: 0,
};

/** Compares with the committed bytes; UPDATE_VECTORS=1 writes them, for a new message only. */
function expectVector(name: string, sealed: string): void {
  const path = new URL(`../vectors/${name}.jws`, import.meta.url);
  if (process.env["UPDATE_VECTORS"] === "1" || !existsSync(path)) {
    if (process.env["CI"] === "true") throw new Error(`the vector ${name} is missing`);
    writeFileSync(path, `${sealed}\n`);
  }
  expect(`${sealed}\n`).toBe(readFileSync(path, "utf8"));
}

function eventOf(body: EventBody) {
  return { v: 1, device, sequence: 1, previous: genesisDigest, at, clock: "synced", body };
}

test.each(Object.keys(bodies))(
  "the event %s has the committed bytes, and reads back",
  async (name) => {
    const event = eventOf(bodies[name]!);
    const sealed = await seal("tebura-event+jws", event, device, deviceKey.privateKey);
    expectVector(`event-${name}`, sealed);
    const payload = await unseal("tebura-event+jws", sealed, device, deviceKey.publicKey);
    expect(parseEvent(payload)).toEqual(event);
  },
);

test("the message of an event with a card has the committed bytes, and reads back", async () => {
  const body = bodies["decision-card"]!;
  const sealed = await seal("tebura-event+jws", eventOf(body), device, deviceKey.privateKey);
  const message = writeEventMessage({ sealed, openings: [opening] });
  expectVector("message-decision-card", message);
  const read = readEventMessage(Buffer.from(message));
  expect(read).toEqual({ sealed, openings: [opening] });
  expect(flawOfOpenings(body, read.openings)).toBeUndefined();
});

test.each(Object.keys(answers))("the %s has the committed bytes, and reads back", async (name) => {
  const sealed = await sealAnswer(answers[name]!, gatewayKey.privateKey);
  expectVector(`answer-${name}`, sealed);
  expect(await openAnswer(sealed, device, gatewayKey.publicKey)).toEqual(answers[name]);
});

test("health has the committed bytes, and reads back", async () => {
  const sealed = await seal("tebura-health+jws", health, device, deviceKey.privateKey);
  expectVector("health", sealed);
  const payload = await unseal("tebura-health+jws", sealed, device, deviceKey.publicKey);
  expect(healthSchema.parse(JSON.parse(Buffer.from(payload).toString()))).toEqual(health);
});

test("a lease has the committed bytes, reads back, and is its device's alone", async () => {
  const nonces = ["AAECAwQFBgcICQoLDA0ODw", "EBESExQVFhcYGRobHB0eHw"];
  const lease: Lease = { v: 1, device, expiresAt: at, nonces };
  const sealed = await sealLease(lease, gatewayKey.privateKey);
  expectVector("lease", sealed);
  expect(await openLease(sealed, device, gatewayKey.publicKey)).toEqual(lease);
  const other = openLease(sealed, "box-02" as DeviceId, gatewayKey.publicKey);
  await expect(other).rejects.toMatchObject({ code: "LEASE_INVALID" });
  const forged = openLease(sealed, device, deviceKey.publicKey);
  await expect(forged).rejects.toMatchObject({ code: "LEASE_INVALID" });
});

test("a tree head has the committed bytes, reads back, and is this gateway's alone", async () => {
  const head = { v: 1 as const, size: 300, root: digestOf("root"), at };
  const sealed = await sealTreeHead(head, gatewayKey.privateKey);
  expectVector("tree-head", sealed);
  expect(await openTreeHead(sealed, gatewayKey.publicKey)).toEqual(head);
  const forged = openTreeHead(sealed, deviceKey.publicKey);
  await expect(forged).rejects.toMatchObject({ code: "LEDGER_HEAD_INVALID" });
});

test("a connect password has the committed bytes, and proves its device alone", async () => {
  const password = await connectPassword(device, deviceKey.privateKey);
  expectVector("connect", password);
  expect(await passwordProves(device, password, deviceKey.publicKey)).toBe(true);
  expect(await passwordProves("box-02" as DeviceId, password, deviceKey.publicKey)).toBe(false);
  expect(await passwordProves(device, password, gatewayKey.publicKey)).toBe(false);
});

test("a seal made for one purpose never verifies as another", async () => {
  const sealed = await seal("tebura-health+jws", health, device, deviceKey.privateKey);
  const types: SealType[] = ["tebura-event+jws", "tebura-receipt+jws", "tebura-connect+jws"];
  for (const type of types) {
    const failure = await unseal(type, sealed, device, deviceKey.publicKey).catch(errorCodeOf);
    expect(failure).toBe("EVENT_SIGNATURE_INVALID");
  }
});

test("no flip of one character of a sealed event verifies", async () => {
  const sealed = await seal(
    "tebura-event+jws",
    eventOf(bodies["device-started"]!),
    device,
    deviceKey.privateKey,
  );
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === "A" ? "B" : "A";
    const flipped = sealed.slice(0, at) + other + sealed.slice(at + 1);
    // The last character of base64url may carry bits that no byte takes; those must be refused too.
    const payload = await unseal("tebura-event+jws", flipped, device, deviceKey.publicKey).catch(
      () => undefined,
    );
    expect(payload === undefined || flipped === sealed, `character ${at}`).toBe(true);
  }
});

test.each([
  { name: "another version", change: { v: 2 }, code: "EVENT_VERSION_UNKNOWN" },
  { name: "a key too many", change: { extra: 1 }, code: "EVENT_MALFORMED" },
  {
    name: "a certificate in it, as events once had",
    change: { body: { ...bodies["decision-card"], evidence: [{ kind: "card", stepUp: {} }] } },
    code: "EVENT_VERSION_UNKNOWN",
  },
  { name: "sequence 0", change: { sequence: 0 }, code: "EVENT_MALFORMED" },
  { name: "a device that is no id", change: { device: "../x" }, code: "EVENT_MALFORMED" },
  { name: "an unknown body", change: { body: { type: "gate.open" } }, code: "EVENT_MALFORMED" },
  {
    name: "a name where a pseudonym goes",
    change: { body: { ...bodies["decision-admit"], person: "Taro Maebashi" } },
    code: "EVENT_MALFORMED",
  },
])(
  "an event with $name is refused with $code, and its contents are not repeated",
  ({ change, code }) => {
    const payload = Buffer.from(
      JSON.stringify({ ...eventOf(bodies["device-started"]!), ...change }),
    );
    try {
      parseEvent(payload);
      expect.unreachable();
    } catch (error) {
      expect(errorCodeOf(error)).toBe(code);
      expect(String(error)).not.toContain("Taro");
    }
  },
);

test("topics are below their device, and nothing else is a topic of ours", () => {
  expect(topicOf(device, "events")).toBe("tebura/v1/devices/box-01/events");
  expect(filterOf("health")).toBe("tebura/v1/devices/+/health");
  expect(parseTopic("tebura/v1/devices/box-01/receipts")).toEqual({ device, channel: "receipts" });
  expect(parseTopic("tebura/v1/devices/box-01/leases")).toEqual({ device, channel: "leases" });
  for (const topic of [
    "",
    "tebura/v1/devices/box-01",
    "tebura/v1/devices/+/events",
    "tebura/v1/devices/BOX/events",
    "tebura/v1/devices/box-01/events/x",
    "x/v1/devices/box-01/events",
  ]) {
    expect(parseTopic(topic)).toBeUndefined();
  }
});
