import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { digestOf } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type EventBody, parseEvent } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { seal } from "#contract/seal.ts";
import { trialPins } from "#device/card/virtual/trial-authority.ts";
import type { City } from "./city.ts";
import type { CityCardKind } from "./city-cards.ts";
import type { DemoBox } from "./demo-box.ts";

/** An attempt at fraud, and the code that it was refused with. */
export interface Fraud {
  readonly what: string;
  readonly refusedWith: string;
}

export type Attempt = readonly [what: string, attempt: (city: City) => Promise<string>];

const started: EventBody = { type: "device.started", version: "0.1.0", service: "bus.boarding" };

/** Frauds with events: by boxes that are none, boxes that were opened up, and people on the line. */
const withEvents: readonly Attempt[] = [
  [
    "one byte of an event changed on the way",
    (city) =>
      hand(city, spy(city), async (own) => {
        const at = Math.floor(own.length / 2);
        return own.slice(0, at) + (own[at] === "A" ? "B" : "A") + own.slice(at + 1);
      }),
  ],
  [
    "a box that nobody has let in",
    async (city) => {
      const stranger = generateKeyPairSync("ed25519").privateKey;
      return await handAs(city, "bus-99" as DeviceId, await forge("bus-99", 1, stranger));
    },
  ],
  [
    "a stranger signs in the name of a box",
    (city) =>
      hand(
        city,
        spy(city),
        async () => await forge(spy(city).id, 1, generateKeyPairSync("ed25519").privateKey),
      ),
  ],
  [
    "a box signs for another one",
    async (city) => {
      const [own, other] = [city.box("bus-1"), city.box("bus-2")];
      return await handAs(city, other.id, await forge(own.id, 1, own.privateKey));
    },
  ],
  [
    "a number is used again for another event",
    (city) =>
      hand(
        city,
        spy(city),
        async () =>
          await forge(spy(city).id, spy(city).outbox.lastSequence - 1, spy(city).privateKey),
      ),
  ],
  [
    "an event is taken out of the chain",
    (city) =>
      hand(
        city,
        spy(city),
        async () => await forge(spy(city).id, spy(city).outbox.lastSequence, spy(city).privateKey),
      ),
  ],
  [
    "an event of a size that fills memories",
    (city) => hand(city, spy(city), async () => "A".repeat(limits.eventBytesMax + 1)),
  ],
  ["rubbish in place of an event", (city) => hand(city, spy(city), async () => "rubbish")],
  [
    "a box goes on after it was revoked",
    async (city) => {
      const box = city.box("bus-14");
      city.gateway.devices.revoke(box.id, city.clock.wall());
      await box.record(started);
      return await hand(city, box, async (own) => own);
    },
  ],
];

/** Frauds at the door: with a picture, another face, and cards that are dead, foreign or somebody else's. */
const atTheDoor: readonly Attempt[] = [
  [
    "a photograph is held up at the school gate",
    async (city) => {
      const { outcome, reason } = await city
        .box("school-1")
        .see({ person: city.residents[0], liveness: "failed" });
      return outcome === "admit" ? outcome : reason;
    },
  ],
  [
    "a stranger walks on to a bus",
    async (city) => {
      const { outcome, reason } = await city
        .box("bus-3")
        .see({ person: city.residents[1], rate: 0.4 });
      return outcome === "admit" ? outcome : reason;
    },
  ],
  ["a card that has run out", (city) => atCounter(city, "expired")],
  ["a card that was reported lost", (city) => atCounter(city, "revoked")],
  ["a card of an authority that nobody knows", (city) => atCounter(city, "foreign")],
  ["a good card with a guessed PIN", (city) => atCounter(city, "good", "0000")],
  [
    "a signature is played again for another visit",
    async (city) => {
      const { box, shown, person } = await signedVisit(city);
      const { sequence } = await box.see({});
      return await claim(city, box, { asked: sequence, person, shown });
    },
  ],
  [
    "a signature is turned to another person's profit",
    async (city) => {
      const { box, shown, asked } = await signedVisit(city, false);
      const other = box.pseudonymOf(city.residents[8]!);
      return await claim(city, box, { asked, person: other, shown });
    },
  ],
  [
    "a card is claimed that nobody put down",
    async (city) => {
      const box = city.box("counter-1");
      const { sequence } = await box.see({});
      const person = box.pseudonymOf(city.residents[9]!);
      const shown = { evidence: [], openings: [] };
      return await claim(city, box, { asked: sequence, person, shown });
    },
  ],
];

/** Tries them all, one after the other; what is not refused is told as such. */
export async function attemptFrauds(
  city: City,
  more: readonly Attempt[] = [],
): Promise<readonly Fraud[]> {
  const frauds: Fraud[] = [];
  for (const [what, attempt] of [...atTheDoor, ...more, ...withEvents]) {
    await city.deliverAll();
    const refusedWith = await attempt(city).catch((error) => errorCodeOf(error) ?? String(error));
    frauds.push({ what, refusedWith });
  }
  return frauds;
}

/** A box that somebody has got hold of, with all that it has delivered so far. */
const spy = (city: City) => city.box("bus-4");

async function forge(device: string, sequence: number, key: KeyObject): Promise<string> {
  const previous = digestOf("another event");
  const event = { v: 1, device, sequence, previous, at: 0, clock: "synced", body: started };
  return await seal("tebura-event+jws", event, device, key);
}

/** Publishes something on a box's topic, made from its newest event, and returns why it was refused. */
async function hand(
  city: City,
  box: DemoBox,
  make: (own: string) => Promise<string>,
): Promise<string> {
  const { sequence } = await box.record(started);
  const [own] = box.outbox.pending(sequence, 1);
  return await handAs(city, box.id, await make(own?.sealed ?? ""));
}

async function handAs(
  { gateway, transport }: City,
  device: DeviceId,
  bytes: string,
): Promise<string> {
  const before = gateway.quarantine.list(1)[0]?.id ?? 0;
  transport.publish(device, "events", Buffer.from(bytes));
  await gateway.ingest.settled();
  const newest = gateway.quarantine.list(1)[0];
  return newest && newest.id > before ? newest.code : "not refused";
}

async function atCounter(city: City, kind: CityCardKind, pin: string = trialPins.authentication) {
  const box = city.box("counter-1");
  const card = await city.cards.issue(kind);
  city.cards.publish();
  // Boxes look for new lists every minute.
  await city.clock.advanceTo(city.clock.wall() + 2 * 60_000);
  const { sequence } = await box.see({});
  const person = city.residents[2]!;
  const { outcome, reason, code } = await box.touch(card, { asked: sequence, person }, pin);
  return outcome === "admit" ? outcome : (code ?? reason);
}

/** What an event says of a card, and what it commits to. */
interface Shown {
  readonly evidence: Extract<EventBody, { type: "decision.made" }>["evidence"];
  readonly openings: readonly Opening[];
}

/** Somebody's good visit at the counter, and what the card signed for it. */
async function signedVisit(city: City, isDelivered = true) {
  const box = city.box("counter-1");
  const card = await city.cards.issue("good");
  const { sequence: asked } = await box.see({});
  const resident = city.residents[7]!;
  const { sequence } = await box.touch(card, { asked, person: resident }, trialPins.authentication);
  const [own] = box.outbox.pending(sequence, 1);
  const event = parseEvent(Buffer.from(own?.sealed.split(".")[1] ?? "", "base64url"));
  const evidence = event.body.type === "decision.made" ? event.body.evidence : [];
  const shown: Shown = { evidence, openings: own?.openings ?? [] };
  if (isDelivered) await box.deliver();
  return { box, shown, asked, person: box.pseudonymOf(resident) };
}

/** A box that was opened up says that a card proved somebody, with whatever evidence it has. */
async function claim(
  city: City,
  box: DemoBox,
  said: {
    readonly asked: number;
    readonly person: ReturnType<DemoBox["pseudonymOf"]>;
    readonly shown: Shown;
  },
): Promise<string> {
  const before = city.gateway.quarantine.list(1)[0]?.id ?? 0;
  const { evidence, openings } = said.shown;
  const body: EventBody = {
    ...{ type: "decision.made", service: box.service, outcome: "admit", reason: "card-proved" },
    ...{ person: said.person, answers: said.asked, evidence },
  };
  await box.record(body, openings);
  await box.deliver();
  const newest = city.gateway.quarantine.list(1)[0];
  return newest && newest.id > before ? newest.code : "not refused";
}
