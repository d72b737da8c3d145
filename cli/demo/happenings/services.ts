import type { PersonId } from "#contract/ids.ts";
import { trialPins } from "#device/card/virtual/trial-authority.ts";
import { pseudoRandom } from "#device/evaluate/pseudo-random.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { purchasePolicy } from "#firmware-config/policy-tier.ts";
import type { City } from "../city.ts";
import type { Happening } from "../day.ts";
import type { DemoBox, Look } from "../demo-box.ts";
import { done } from "../demo-call.ts";
import { crowd } from "./set-up.ts";

const minuteMs = 60_000;

/** A decision that the gateway holds, as others refer to it. */
export const refOf = (box: DemoBox, { sequence }: { readonly sequence: number }) => ({
  device: box.id,
  sequence,
});

interface CardVisit {
  /** The face that was seen, where both count together. */
  readonly look?: Look;
  readonly amountYen?: number;
  /** A desk sells on a card; its service's door would ask for something else. */
  readonly atDesk?: true;
}

/** Somebody is asked for their card, puts it down, and the gateway hears of it. */
export async function withCard(city: City, box: DemoBox, person: PersonId, visit: CardVisit = {}) {
  const { atDesk, look, amountYen } = visit;
  const counter = { policy: defaultPolicyTable.counter };
  // Whoever has no phone here takes the card that the policy offers in its place, and is asked for it.
  const { sequence: asked } = await box.see(look ?? {}, look ? {} : counter);
  const touch = {
    ...{ asked, person },
    ...(look ? { look } : {}),
    ...(amountYen === undefined ? {} : { amountYen }),
    ...(atDesk ? { policy: purchasePolicy(defaultPolicyTable["event.entry"]) } : {}),
  };
  const touched = await box.touch(await city.cardOf(person), touch, trialPins.authentication);
  await box.deliver();
  return touched;
}

/** Eight patients come with face and card; three let the clinic look at their insurance data. */
export function clinicDay(city: City): readonly Happening[] {
  const patients = city.residents.slice(960, 968);
  return patients.map((person, i) => ({
    at: city.at("08:40") + i * 12 * minuteMs,
    async run() {
      const box = city.box(`clinic-${1 + (i % 2)}`);
      const touched = await withCard(city, box, person, { look: { person } });
      const visit = refOf(box, touched);
      if (i < 3) {
        done(
          await city.call("/api/medical/consents", {
            ...{ person: box.pseudonymOf(person), clinic: i % 2 === 0 ? "clinic-a" : "clinic-b" },
            ...{ categories: ["medication", "insurance"], signed: visit },
            until: city.clock.wall() + 8 * 3_600_000,
          }),
        );
      }
      if (i < 5) done(await city.call("/api/medical/calls", { visit }));
      if (i < 4) done(await city.call("/api/medical/visit-ends", { visit, how: "seen" }));
    },
  }));
}

/** A crew of two looks up somebody who cannot be asked; the person is told in the evening. */
export function emergencies(city: City): readonly Happening[] {
  const told: unknown[] = [];
  return [
    {
      at: city.at("19:30"),
      async run() {
        for (const lookup of told) {
          const notice = { lookup, to: "person", by: "letter" };
          done(await city.call("/api/medical/notices", notice));
        }
      },
    },
    {
      at: city.at("16:10"),
      async run() {
        const box = city.box("counter-1");
        const crew = [];
        for (const person of [city.resident(10), city.resident(11)]) {
          const until = city.clock.wall() + 3_600_000;
          done(await city.call("/api/medical/crew", { crew: box.pseudonymOf(person), until }));
          crew.push(refOf(box, await withCard(city, box, person)));
        }
        const subject = city.pseudonymOf("medical.reception", city.resident(900));
        const asked = { subject, reason: "unconscious", crew };
        const { lookup } = done(await city.call("/api/medical/emergencies", asked));
        // No hospital's system answers here; that it was asked is on record all the same.
        await city.call("/api/medical/emergencies/show", { lookup, categories: ["medication"] });
        told.push(lookup);
      },
    },
  ];
}

/** Tickets are bought with the card in the morning, one is given away, and faces enter at night. */
export function hallDay(city: City): readonly Happening[] {
  const buyers = city.residents.slice(960, 964);
  const tickets = new Map<PersonId, string>();
  const sales = buyers.map((person, i) => ({
    at: city.at("10:30") + i * 3 * minuteMs,
    async run() {
      const office = city.box("hall-1");
      const signed = refOf(office, await withCard(city, office, person, { atDesk: true }));
      const buyer = office.pseudonymOf(person);
      const asked = { performance: "concert", count: 1, buyer, signed };
      const { tickets: sold } = done(await city.call("/api/tickets/purchases", asked));
      tickets.set(person, (sold as string[])[0] ?? "");
    },
  }));
  const friend = city.resident(969);
  const gift: Happening = {
    at: city.at("14:00"),
    async run() {
      const [giver] = buyers as [PersonId];
      const office = city.box("hall-1");
      const signed = refOf(office, await withCard(city, office, giver, { atDesk: true }));
      const [from, to] = [office.pseudonymOf(giver), office.pseudonymOf(friend)];
      const given = { ticket: tickets.get(giver), from, to, signed };
      done(await city.call("/api/tickets/transfers", given));
    },
  };
  const entries = [...buyers.slice(1), friend].map((person, i) => ({
    at: city.at("17:30") + i * minuteMs,
    async run() {
      const door = city.box("hall-2");
      await door.see({ person }, { ticket: { kind: "valid", person } });
      await door.deliver();
    },
  }));
  return [...sales, gift, ...entries];
}

/** Sixty people pay with their face, and two with their card, since more is asked of more money. */
export function shopDay(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const small = city.residents.slice(200, 260).map((person, i) => ({
    at: city.at("13:40") + random() * 300 * minuteMs,
    async run() {
      const box = city.box("shop-1");
      const amountYen = 200 + Math.floor(random() * 6_000);
      const seen = await box.see({ person }, { amountYen });
      await box.deliver();
      await pay(city, box, { reference: `G-${i + 1}`, amountYen, sequence: seen.sequence });
    },
  }));
  const large = [960, 961].map((number, i) => ({
    at: city.at("15:30") + i * 20 * minuteMs,
    async run() {
      const [box, amountYen] = [city.box("shop-2"), 120_000 + i * 100_000];
      const { sequence } = await withCard(city, box, city.resident(number), { amountYen });
      await pay(city, box, { reference: `J-${i + 1}`, amountYen, sequence });
    },
  }));
  return [...small, ...large];
}

async function pay(
  city: City,
  box: DemoBox,
  asked: { readonly reference: string; readonly amountYen: number; readonly sequence: number },
) {
  const { reference, amountYen, sequence } = asked;
  const merchant = box.id === "shop-1" ? "grocer" : "jeweller";
  const decision = refOf(box, { sequence });
  const answer = await city.call("/api/payments", {
    ...{ merchant, reference, amountYen, currency: "JPY", decision },
  });
  done(answer);
}

/** Fifty children are seen on their way home; their guardians alone can know. */
export function routeWatch(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const [from] = crowd.pupils;
  return city.residents.slice(from, from + 50).map((person) => ({
    at: city.at("15:10") + random() * 40 * minuteMs,
    async run() {
      await city.box(`route-${1 + Math.floor(random() * 3)}`).see({ person });
    },
  }));
}
