import type { TaxiRides } from "#gateway/views/taxi-rides.ts";
import type { City } from "./city.ts";
import type { Attempt } from "./frauds.ts";
import { refOf, withCard } from "./happenings/services.ts";

const codeOf = ({ code }: { readonly code?: string }) => code ?? "not refused";

/** Frauds with money, tickets, rides and other people's data: what the desks and the views refuse. */
export const withServices: readonly Attempt[] = [
  [
    "a face alone is to pay 120,000 yen",
    async (city) => {
      const seen = await till(city, 300);
      return codeOf(await pay(city, seen, { reference: "F-1", amountYen: 120_000 }));
    },
  ],
  [
    "one look at the till is to pay twice",
    async (city) => {
      const seen = await till(city, 301);
      await pay(city, seen, { reference: "F-2", amountYen: 500 });
      return codeOf(await pay(city, seen, { reference: "F-3", amountYen: 500 }));
    },
  ],
  [
    "a payment of 500 yen is sent again as one of 50,000",
    async (city) => {
      const seen = await till(city, 302);
      await pay(city, seen, { reference: "F-4", amountYen: 500 });
      return codeOf(await pay(city, seen, { reference: "F-4", amountYen: 50_000 }));
    },
  ],
  [
    "somebody without a ticket walks into the concert",
    async (city) => {
      const person = city.resident(400);
      const { reason } = await city.box("hall-2").see({ person }, { ticket: { kind: "none" } });
      return reason;
    },
  ],
  [
    "one signature is to buy tickets twice",
    async (city) => {
      const office = city.box("hall-1");
      const person = city.resident(965);
      const signed = refOf(office, await withCard(city, office, person, { atDesk: true }));
      const asked = { performance: "concert", buyer: office.pseudonymOf(person), signed };
      await city.call("/api/tickets/purchases", { ...asked, count: 1 });
      return codeOf(await city.call("/api/tickets/purchases", { ...asked, count: 4 }));
    },
  ],
  [
    "one of a crew puts down the card for both",
    async (city) => {
      const box = city.box("counter-1");
      const person = city.resident(10);
      const crew = [];
      for (const _ of ["one", "other"]) {
        crew.push(refOf(box, await withCard(city, box, person)));
      }
      const subject = city.pseudonymOf("medical.reception", city.resident(901));
      const asked = { subject, reason: "unconscious", crew };
      return codeOf(await city.call("/api/medical/emergencies", asked));
    },
  ],
  [
    "a photograph is held up at the clinic",
    async (city) => {
      const person = city.resident(966);
      const seen = await city.box("clinic-1").see({ person, liveness: "failed" });
      return seen.outcome === "refuse" ? seen.reason : seen.outcome;
    },
  ],
  [
    "a third subsidised ride on a day, with boxes that hear nobody",
    async (city) => {
      const person = city.pseudonymOf("taxi.subsidised-ride", city.resident(960));
      const { overdraws } = (await city.call("/api/taxi/matters")) as unknown as TaxiRides;
      return overdraws.find((one) => one.person === person)?.flaw ?? "not refused";
    },
  ],
];

async function till(city: City, number: number) {
  const box = city.box("shop-1");
  const seen = await box.see({ person: city.resident(number) }, { amountYen: 500 });
  await box.deliver();
  return refOf(box, seen);
}

async function pay(
  city: City,
  decision: ReturnType<typeof refOf>,
  asked: { readonly reference: string; readonly amountYen: number },
) {
  return await city.call("/api/payments", {
    ...{ merchant: "grocer", currency: "JPY", decision, ...asked },
  });
}
