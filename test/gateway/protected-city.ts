import type { EventBody } from "#contract/events.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { type RecordKind, type RecordOf, recordSchemas } from "#gateway/persons/records.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { face } from "./service-events.ts";

/** Nine in the morning of a school day, and the gateway's clock some hours later. */
const nine = Date.parse("2026-04-01T09:00:00+09:00");
export const now = (nine + 4 * 3_600_000) as WallMs;
export const [day, month] = ["2026-04-01", "2026-04"];

export const guarded = {
  ...{ reference: "R-GUARDED", name: "守里 秘子", kana: "モリサト ヒメコ" },
  ...{ birthDate: "2015-05-05", address: "秘密町一丁目", phone: "090-0000-1111", protected: true },
} as const;
export const open = {
  ...{ reference: "R-OPEN", name: "公田 明", kana: "コウダ アキラ" },
  ...{ birthDate: "2015-06-06", address: "公開町二丁目", phone: "090-2222-3333" },
} as const;
/** Of whom a shelter's desk alone said that they are under protection. */
export const refuge = { name: "逃田 忍", kana: "ニゲタ シノブ" };

export type ProtectedCity = Awaited<ReturnType<typeof protectedCity>>;

/** A gateway with rows in every service of somebody under protection, and of somebody who is not. */
export async function protectedCity() {
  const place = await city();
  const { desk, box, nameOf } = place;
  const before: EventBody[] = [
    { type: "shelter.site-set", shelter: "gym", label: "体育館", capacity: 100, open: true },
    {
      ...{ type: "shelter.site-assigned", device: box.id, shelter: "gym", door: "entrance" },
      from: (nine - 1e7) as WallMs,
    },
    { type: "bus.box-placed", device: box.id, vehicle: "v-1", door: "front", counts: "either" },
    {
      ...{ type: "school.box-placed", box: box.id, school: "momonoki", door: "both" },
      from: nine - 1e7,
    } as never,
    ...(["medical.reception", "event.entry", "payment"] as const).map(
      (service, at) =>
        ({
          ...{ type: "place.box-assigned", service, box: box.id, from: nine - 1e7 },
          place: ["clinic-1", "hall-1", "shop-1"][at],
        }) as never,
    ),
    {
      ...{ type: "ticket.performance-set", performance: "hall-1", startsAt: now, capacity: 10 },
      ...{ perPurchaseMax: 4, priceYen: 0 },
    } as never,
    {
      ...{ type: "school.roster-set", class: "C-1", school: "momonoki" },
      ...{ from: "2026-03-01", until: "2027-03-31" },
      pupils: [guarded, open].map(({ reference }) => ({
        pupil: nameOf(reference, "school.attendance"),
      })),
    } as never,
  ];
  for (const body of before) await desk.record(body);
  await live(place, open.reference, "b");
  await live(place, guarded.reference, "c");
  return place;
}

type City = Awaited<ReturnType<typeof city>>;

async function city() {
  const folder = temporaryFolder();
  const clock = { ...systemClock, wall: () => now };
  const running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
  const { gateway } = running;
  const { persons, desk } = gateway;
  const register = <K extends RecordKind>(kind: K, record: RecordOf<K>) =>
    persons.write(() => {
      const parsed: unknown = recordSchemas[kind].parse(record);
      for (const draft of draftsOf(kind, parsed as RecordOf<K>)) persons.put(draft);
      return { result: undefined, keep: true };
    });
  for (const one of [guarded, open]) {
    const { reference: person } = one;
    register("persons", one);
    const school = { class: "C-1", school: "momonoki", schoolYear: 2026, name: "1" };
    register("classes", { ...school, person, role: "pupil" });
    register("households", { household: "H-1", person, relation: "other" });
    register("entitlements", { person, entitlement: "no-driving-licence", from: "2020-01-01" });
  }
  register("guardians", {
    ...{ guardian: "R-OPEN", ward: "R-GUARDED", relation: "other", notify: false },
  });
  const nameOf = (reference: string, service: Service) =>
    persons.pseudonymOf(service, persons.idOf(reference) as PersonId);
  const box = new TestDevice("box-1", 7);
  gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  const say = async (body: EventBody, at: number) => {
    await box.publish(await box.next(body, { at: at as WallMs }));
    for (;;) {
      const answer = await box.answer(gateway.publicKey);
      if (answer.kind === "refusal") throw new Error(answer.refusal.code);
      if (answer.receipt.sequence === box.sequence) return box.sequence;
    }
  };
  return {
    ...{ ...running, box, register, nameOf, say, desk },
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const ticketOf = (letter: string) => letter.repeat(22) as never;

/** Puts somebody into every service: at a box, and in what desks and clerks say of it afterwards. */
async function live({ nameOf, say, desk, box }: City, reference: string, letter: string) {
  const me = (service: Service) => nameOf(reference, service);
  const seen = new Map<Service, { device: typeof box.id; sequence: number }>();
  let at = nine + letter.charCodeAt(0) * 60_000;
  for (const service of serviceNames) {
    const person = me(service);
    at += 1_000;
    const sequence = await say(
      {
        ...{ type: "decision.made", service, outcome: "admit", reason: "face-matched", person },
        evidence: [face],
      },
      at,
    );
    seen.set(service, { device: box.id, sequence });
  }
  const [taxi, ticket] = [me("taxi.subsidised-ride"), ticketOf(letter)];
  const tap = seen.get("taxi.subsidised-ride")!.sequence;
  const rider = { person: taxi, tap, tapAgoMs: 60_000, subsidyYen: 500, leftToday: 0 };
  await say(
    {
      ...{ type: "taxi.ride-ended", company: "C-1", fareYen: 1_000 },
      riders: [{ ...rider, leftThisYear: 1, allowance: null }],
    },
    at + 60_000,
  );
  const statement = "A".repeat(43) as never;
  const span = { from: nine as WallMs, until: (now + 1e9) as WallMs };
  const signed = seen.get("event.entry")!;
  const bodies: EventBody[] = [
    {
      ...{ type: "taxi.entitlement-granted", entitlement: `E-${letter}`, person: taxi },
      ...{ category: "age-75", validFrom: "2026-01-01", validUntil: null },
    },
    {
      ...{ type: "taxi.booking-made", booking: `B-${letter}`, company: "C-1", vehicle: box.id },
      ...{ boardFrom: nine, boardUntil: now + 1e7, person: taxi },
    } as never,
    {
      ...{ type: "ticket.purchased", performance: "hall-1", tickets: [ticket], amountYen: 0 },
      ...{ buyer: me("event.entry"), signed },
    } as never,
    {
      ...{ type: "payment.authorised", merchant: "shop-1", reference: `P-${letter}` },
      ...{ amountYen: 500, currency: "JPY", person: me("payment"), tier: "small" },
      ...{ decision: seen.get("payment")!, asked: ["face"], used: ["face"], expiresAt: now + 1e7 },
    } as never,
    {
      ...{ type: "medical.consent-given", person: me("medical.reception"), clinic: "clinic-1" },
      ...{ categories: ["insurance"], signed: seen.get("medical.reception")!, until: now + 1e9 },
    } as never,
    {
      ...{ type: "medical.received-by-hand", clinic: "clinic-1", why: "no-card" },
      person: me("medical.reception"),
    } as never,
    {
      ...{ type: "medical.emergency-opened", subject: me("medical.reception") },
      ...{ reason: "unconscious", crew: [signed, seen.get("payment")!] },
      ...{ until: now + 1e6, noticeDueAt: now + 1e8 },
    } as never,
    {
      ...{ type: "consent.given", service: "bus.boarding", person: me("bus.boarding") },
      ...{ signedAt: nine as WallMs, ...span, by: "self", statement },
    },
    {
      ...{ type: "proxy.appointed", service: "bus.boarding", person: me("bus.boarding") },
      ...{ proxy: `${"Z".repeat(21)}A`, signedAt: nine as WallMs, ...span, by: "self", statement },
    } as never,
  ];
  for (const body of bodies) await desk.record(body);
}
