import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cardIdentity } from "#contract/card-signature.ts";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { reachesAgeAt } from "#contract/of-age.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { readBirthDate } from "#device/card/text-application.ts";
import { openTrialAuthority, trialPins } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { CounterEnrolment, type CounterRequest } from "#device/counter/counter-enrolment.ts";
import { enrolClass } from "#device/enrolment/class-enrolment.ts";
import { consentedClassGallery, signedConsents } from "#device/enrolment/signed-class.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { type RecordKind, type RecordOf, recordSchemas } from "#gateway/persons/records.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { dimensions, GalleryBox, trustIn } from "#test/support/gallery-box.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const service = "bus.boarding";
const patience = { timeout: 60_000, interval: 50 };
const face = gaussianUnit(randomFrom(3), dimensions);
/** Of age in less than a consent would last. */
const birthDate = yearsAgo(15, 200);
const older = yearsAgo(15, 100);
const birthday = reachesAgeAt(birthDate, 15, "Asia/Tokyo");

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startSecureGateway>>;
let parts: Disposables;
let box: GalleryBox;
let child: Card;
let mother: Card;
let counter: CounterEnrolment;
/** Whose card is put down when the guardian's is asked for. */
let signer: Card;

function yearsAgo(years: number, days: number): string {
  const day = new Date(systemClock.wall() + days * 86_400_000);
  day.setUTCFullYear(day.getUTCFullYear() - years);
  return day.toISOString().slice(0, 10);
}

type Card = ReturnType<typeof makeCard>;

/** One of several cards of the same authority. */
function makeCard(name: string, born = birthDate) {
  const path = join(folder.path, "cards", name);
  const first = join(folder.path, "cards", "child");
  mkdirSync(path, { recursive: true });
  for (const file of name === "child" ? [] : readdirSync(first)) {
    if (file.includes("authority")) cpSync(join(first, file), join(path, file));
  }
  const kind = name === "child" ? "minor" : "healthy";
  const { card, trustDir } = openTrialAuthority(path, () => systemClock.wall(), kind);
  const attributes = { ...card.attributes, birthDate: born.replaceAll("-", "") };
  const { certificate, authority } = card.authentication;
  const identity = cardIdentity(parseCertificate(certificate), parseCertificate(authority));
  return { channel: new VirtualCard({ ...card, attributes }), identity, trustDir };
}

async function putDown({ channel }: Card): Promise<void> {
  channel.reset();
  box.channel = channel;
  box.card = await openJpki(channel);
}

beforeEach(async () => {
  folder = temporaryFolder();
  parts = new Disposables();
  child = makeCard("child");
  mother = makeCard("mother", "1980-01-31");
  signer = mother;
  trustIn(join(folder.path, "gateway"), child.trustDir);
  running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  const options = { folder: folder.path, id: "bus-a", service, trustDir: child.trustDir } as const;
  box = parts.use(await GalleryBox.open(running, options));
  await box.start();
  await expect.poll(() => box.uplink.isConnected, patience).toBe(true);
  counter = new CounterEnrolment({
    sitting: {
      progress: undefined,
      async enrol(request, signal, keep) {
        await putDown(signer);
        await keep?.(request, [Float32Array.from(face)], signal);
        return { ok: true, renewed: false };
      },
    },
    consents: box.consented.desk,
    openCard: async (channel) => await openJpki(channel),
    photographTemplate: async () => face,
    birthDateOn: readBirthDate,
    resembling: async () => [],
    falseMatchRateOf: () => 1,
    nameOf: () => undefined,
    keepInTrial: () => expect.unreachable(),
    markLookAlikes: () => undefined,
    record: async (body) => await box.outbox.append(body),
    pseudonymOf: (person) => running.gateway.persons.pseudonymOf(service, person),
    service,
    onBegun: () => undefined,
    onEnded: () => undefined,
  });
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type Why = NonNullable<CounterRequest["guardian"]>["why"];

/** What the clerk does: the words for what was typed, then the enrolment. */
async function enrol(
  why: Why,
  change: Partial<NonNullable<CounterRequest["guardian"]>> = {},
  later = false,
) {
  const { desk } = box.consented;
  await putDown(child);
  // No picture is waited for, at which the guardian's card would take the place of the child's.
  box.onServed = later ? async () => await putDown(signer) : undefined;
  const guardian = { why, ward: "card", textPin: undefined, ...change } as const;
  const agreed = desk.askedOfGuardian(why);
  counter.begin({ name: "はな", agreed, numberB: undefined, guardian, later });
  await expect.poll(() => counter.view.step, patience).toBe("idle");
  return counter.view.ended;
}

function events<Type extends EventBody["type"]>(type: Type): Extract<EventBody, { type: Type }>[] {
  const bodies = running.gateway.ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  return bodies.filter((body): body is Extract<EventBody, { type: Type }> => body.type === type);
}

/** A registry that knows the child, her mother, and by the box whose card is the child's. */
function registered(): { readonly daughter: PersonId; readonly parent: PersonId } {
  const { persons, cards } = running.gateway;
  const register = <K extends RecordKind>(kind: K, record: RecordOf<K>) =>
    persons.write(() => {
      const parsed: unknown = recordSchemas[kind].parse(record);
      for (const draft of draftsOf(kind, parsed as RecordOf<K>)) persons.put(draft);
      return { result: undefined, keep: true };
    });
  register("persons", { reference: "child", name: "手ぶら 花子", birthDate });
  register("persons", { reference: "mother", name: "手ぶら 良子", birthDate: "1980-01-31" });
  register("guardians", { guardian: "mother", ward: "child", relation: "mother", notify: false });
  const [daughter, parent] = [persons.idOf("child")!, persons.idOf("mother")!];
  cards.keep({
    ...{ card: mother.identity, expiresAt: 0 as WallMs, service, at: systemClock.wall() },
    person: persons.pseudonymOf(service, parent),
  });
  box.store.enrol({ name: "はな", templates: [face], replace: false, person: daughter });
  return { daughter, parent };
}

test("a registered child is enrolled by her card's text and her mother's signature, to her birthday", async () => {
  const { daughter, parent } = registered();
  box.store.cards.link(child.identity, daughter, "own");
  const textPin = Buffer.from(trialPins.text);
  expect(await enrol({ birthDate }, { textPin })).toEqual({ ok: true, renewed: false });
  expect([...textPin]).toEqual([0, 0, 0, 0]);
  const { persons } = running.gateway;
  await expect
    .poll(() => events("consent.given"), patience)
    .toEqual([
      expect.objectContaining({
        ...{ person: persons.pseudonymOf(service, daughter), by: "guardian", until: birthday },
        guardian: persons.pseudonymOf(service, parent),
      }),
    ]);
  expect(box.store.consents.of(daughter)).toMatchObject([{ until: birthday }]);
  expect(box.store.cards.ownerOf(child.identity)).toBe(daughter);
  // Her mother is not taken for her, neither now nor once a clerk links that card on the box.
  expect(box.store.cards.has(mother.identity)).toBe(false);
  box.store.cards.link(mother.identity, daughter, "guardian");
  expect(box.consented.desk.ownerOf(mother.identity)).not.toBe(daughter);
});

test("a child whom the box knows by name needs no card", async () => {
  const { daughter } = registered();
  expect(await enrol({ birthDate }, { ward: "enrolled" })).toMatchObject({ ok: true });
  await expect.poll(() => events("consent.given"), patience).toMatchObject([{ by: "guardian" }]);
  expect(box.store.consents.of(daughter)).toMatchObject([{ until: birthday }]);
});

test("what cannot be signed is refused on the box, and nothing is kept", async () => {
  child = makeCard("child", older);
  const textPin = () => Buffer.from(trialPins.text);
  // She is older by her card than the clerk has typed.
  expect(await enrol({ birthDate }, { textPin: textPin() })).toMatchObject({
    ...{ ok: false, code: "CONSENT_OUTLIVES_GUARDIAN" },
  });
  signer = child;
  expect(await enrol({ birthDate: older }, { textPin: textPin() })).toMatchObject({
    ...{ ok: false, code: "CARD_OTHER_PERSON" },
  });
  expect(await enrol({ birthDate }, { ward: "enrolled" })).toMatchObject({
    ...{ ok: false, code: "PERSON_NOT_FOUND" },
  });
  const ended = expect.objectContaining({ code: "GUARDIAN_ENDED" });
  expect(() => box.consented.desk.askedOfGuardian({ birthDate: "1990-01-01" })).toThrow(ended);
  expect(() => box.consented.desk.askedOfGuardian({ lastDay: "2020-03-31" })).toThrow(ended);
  expect(box.store.list()).toEqual([]);
});

test("a guardian whom a clerk named signs to the day that was set there, and one whom nobody knows does not", async () => {
  const { desk } = box.consented;
  const { gateway } = running;
  const person = gateway.persons.pseudonymOf(service, desk.ownerOf(child.identity));
  // The box cannot know who is whose guardian: the gateway refuses, and the box lets go of the template.
  expect(await enrol({ birthDate })).toMatchObject({ ok: true });
  await expect
    .poll(() => events("consent.refused"), patience)
    .toMatchObject([{ person, code: "CARD_OTHER_PERSON" }]);
  await expect.poll(() => box.store.templateCount, patience).toBe(0);
  const at = systemClock.wall();
  const end = (at + 50 * 86_400_000) as WallMs;
  const lastDay = new Date(end - 86_400_000).toISOString().slice(0, 10);
  const parent = gateway.persons.pseudonymOf(service, desk.ownerOf(mother.identity));
  gateway.cards.keep({ card: mother.identity, expiresAt: at, person: parent, service, at });
  gateway.cards.addGuardian(mother.identity, { service, person }, at, end);
  expect(await enrol({ birthDate })).toMatchObject({ ok: true });
  await expect
    .poll(() => events("consent.refused"), patience)
    .toMatchObject([{ code: "CARD_OTHER_PERSON" }, { code: "CONSENT_OUTLIVES_GUARDIAN" }]);
  expect(await enrol({ lastDay })).toMatchObject({ ok: true });
  await expect.poll(() => events("consent.given"), patience).toMatchObject([{ by: "guardian" }]);
});

test("a guardian signs first and a class's pictures follow, for whom the gateway counts and nobody else", async () => {
  const { desk, sync } = box.consented;
  const { gateway } = running;
  const owner = desk.ownerOf(child.identity);
  const person = gateway.persons.pseudonymOf(service, owner);
  const at = systemClock.wall();
  const end = (at + 50 * 86_400_000) as WallMs;
  const parent = gateway.persons.pseudonymOf(service, desk.ownerOf(mother.identity));
  gateway.cards.keep({ card: mother.identity, expiresAt: at, person: parent, service, at });
  gateway.cards.addGuardian(mother.identity, { service, person }, at, end);
  const { store } = box;
  const enrolled = async () => {
    const [names, now] = [["はな", "れん"], systemClock.wall()];
    return await enrolClass(
      {
        ...{ replace: false, isDry: false },
        children: names.map((name) => ({ name, photographs: [`${name}.png`] })),
        consented: signedConsents(store, names, service, now),
      },
      {
        vision: {
          detect: async () => ({ faces: [oneFace], detectMs: 0, landmarksMs: 0 }) as never,
          describe: async () => Float32Array.from(face),
        },
        ...{ gallery: consentedClassGallery(store, now), calibration: [], today: "2026-04-01" },
        readImage: async () => ({ width: 10, height: 10 }) as never,
      },
    );
  };
  signer = mother;
  const lastDay = new Date(end - 86_400_000).toISOString().slice(0, 10);
  expect(await enrol({ lastDay }, {}, true)).toMatchObject({ ok: true });
  expect(counter.view).toMatchObject({ later: true });
  await expect.poll(() => events("consent.given"), patience).toMatchObject([{ by: "guardian" }]);
  // Nobody has seen her face: nothing is matched, and no box holds her.
  expect([store.hasTemplates(owner), store.consents.of(owner)]).toEqual([false, []]);
  expect(events("gallery.enrolled")).toEqual([]);
  await expect.poll(() => store.agreed.of(owner), patience).toMatchObject([{ counted: true }]);
  expect(await enrolled()).toMatchObject([
    { name: "はな", enrolled: true },
    { name: "れん", enrolled: false, problem: "CONSENT_NEEDED", pictures: [] },
  ]);
  await sync.report();
  const [given] = events("consent.given");
  await expect
    .poll(() => events("gallery.enrolled"), patience)
    .toMatchObject([{ person, statement: given!.statement }]);
  expect(store.consents.of(owner)).toMatchObject([{ until: given!.until }]);
  expect(await enrolled()).toMatchObject([{ enrolled: false, problem: "NAME_TAKEN" }, {}]);
  await gateway.galleries.desk.withdraw({ service, person }, "counter", "staff:1");
  await expect.poll(() => store.find("はな"), patience).toBeUndefined();
  expect(await enrolled()).toMatchObject([{ problem: "CONSENT_NEEDED" }, {}]);
});

const oneFace = { box: { x: 0, y: 0, width: 10, height: 10 }, quality: { reasons: [] } };
