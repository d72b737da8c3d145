import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Event, parseEvent } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, PersonId, Pseudonym } from "#contract/ids.ts";
import { cardNamesUnder } from "#contract/pseudonym.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import type { Decision } from "#device/policy/decision.ts";
import type { CardDesk, CardScreen } from "#device/step-up/card-desk.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { openCardDesk } from "#device/step-up/open-desk.ts";
import type { PinRequest } from "#device/step-up/perform.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { cardPolicies, days, hierarchyAt, makeCrl } from "#test/support/card-hierarchy.ts";
import { identityOf } from "#test/support/card-proof.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { SoftCard, SoftReaders } from "#test/support/soft-card.ts";

const device = "bus-7" as DeviceId;
const key = keyOfSeed(1);
export const service = "bus.boarding";
export const rules = { policies: [cardPolicies.authentication], crlAgeMsMax: 72 * 3_600_000 };
export const pseudonymOf = (_: unknown, person: PersonId) =>
  Buffer.from(person.padEnd(16, ".")).subarray(0, 16).toString("base64url") as Pseudonym;

/** Digits as somebody at the keypad would enter them, one answer for each request. */
type Keypad = (request: PinRequest, signal: AbortSignal) => Promise<string | undefined>;

export interface Door extends AsyncDisposable {
  readonly desk: CardDesk;
  readonly readers: SoftReaders;
  readonly screens: CardScreen[];
  readonly decisions: Decision[];
  /** What the screen is told to offer instead, of each decision. */
  readonly offers: (string | undefined)[];
  readonly gallery: GalleryStore;
  readonly pins: Uint8Array[];
  /** Asks for a card as a face in doubt does, and returns the event's sequence. */
  ask(likely?: PersonId): Promise<number>;
  events(): readonly Event[];
  /** What the newest event commits to. */
  openings(): readonly Opening[];
}

/** Of the deployment that the door is of. */
export const cardNameOf = cardNamesUnder(Buffer.alloc(32, 3));

/** A door with real files: outbox, gallery, nonces and trust; only card and keypad are made. */
export function openDoor(
  folder: string,
  {
    card = new SoftCard(stepUpCard),
    keypad = async () => "1234",
    policy = defaultPolicyTable[service],
    nonces = 3,
    waits = false,
    cardsSpeak = false,
  }: {
    card?: SoftCard;
    keypad?: Keypad;
    policy?: ServicePolicy;
    nonces?: number;
    /** Whether the time to wait for a card passes at once. */
    waits?: boolean;
    /** Whether people may enrol here by themselves with their card. */
    cardsSpeak?: boolean;
  } = {},
): Door {
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
  const offers: (string | undefined)[] = [];
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
    identity: {
      ...{ id: device, pseudonymOf, cardNameOf },
      personOfCard: ({ serial }) => `person-${serial}` as PersonId,
    },
    ...{ cardsSpeak, isHere: (person) => gallery.find("received") === person },
    ...{ service, policy, nonces: store, links: gallery.cards },
    cardTrust: { ...rules, trustDir: join(folder, "trust") },
    record: outbox.append.bind(outbox),
    missed: () => undefined,
    act: (decision, instead) => {
      decisions.push(decision);
      offers.push(instead?.offer);
    },
  });
  return {
    ...{ desk, readers, screens, decisions, offers, gallery, pins },
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
    openings: () => outbox.pending(1, 99).at(-1)?.openings ?? [],
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      gallery[Symbol.dispose]();
      outbox[Symbol.dispose]();
    },
  };
}

export function enrolAt(
  door: Door,
  name: string,
  card = stepUpCard,
  role: "own" | "guardian" = "own",
) {
  const known = door.gallery.find(name);
  const templates = [new Float32Array([1, 0])];
  const person = known ?? door.gallery.enrol({ name, templates, replace: false });
  expect(door.gallery.cards.link(identityOf(card), person, role)).toBe(true);
  return person;
}
