import type { PersonId } from "#contract/ids.ts";
import { pseudoRandom } from "#device/evaluate/pseudo-random.ts";
import { defaultTaxiTerms, taxiSubsidyYen, taxiTermsOn } from "#firmware-config/taxi.ts";
import type { City } from "../city.ts";
import type { Happening } from "../day.ts";
import type { DemoBox } from "../demo-box.ts";
import { done } from "../demo-call.ts";
import { crowd } from "./set-up.ts";

const minuteMs = 60_000;
const day = "2026-11-24";

/** Thirty rides of people over 75, alone and in pairs; each box counts from its signed allowance. */
export function taxiDay(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const people = city.residents.slice(crowd.elderly[0], crowd.elderly[1]);
  return people.slice(5, 35).map((person, i) => {
    const riders = i % 5 === 0 ? [person, people[35 + ((i / 5) % 5)]!] : [person];
    const fareYen = 900 + Math.floor(random() * 30) * 100;
    const at = city.at("08:30") + random() * 150 * minuteMs;
    return { at, run: async () => await ride(city, `taxi-${1 + (i % 4)}`, riders, fareYen) };
  });
}

/** Three boxes that hear nobody each give the same person a ride: the gateway finds the third one out. */
export function threeTaxis(city: City): readonly Happening[] {
  const person = city.resident(960);
  return ["11:40", "12:10", "12:50"].map((time, i) => ({
    at: city.at(time),
    run: async () => await ride(city, `taxi-${i + 1}`, [person], 1_600),
  }));
}

/** In the evening each company's claim of the month is stated. */
export function taxiClaims(city: City): readonly Happening[] {
  const companies = city.boxesFor("taxi.subsidised-ride").map(companyOf);
  const state = async (company: string) =>
    done(await city.call("/api/taxi/claims", { company, month: day.slice(0, 7) }));
  return [
    { at: city.at("20:30"), run: async () => void (await Promise.all(companies.map(state))) },
  ];
}

const companyOf = ({ id }: DemoBox) => `company-${id.at(-1)}`;

/** People are recognised, ride, and at the end the meter's fare is shared by the terms. */
async function ride(city: City, id: string, riders: readonly PersonId[], fareYen: number) {
  const box = city.box(id);
  const taps: number[] = [];
  for (const person of riders) taps.push((await box.see({ person })).sequence);
  const terms = taxiTermsOn(defaultTaxiTerms, day)!;
  const subsidyYen = taxiSubsidyYen(terms, fareYen, riders.length);
  await box.record({
    ...{ type: "taxi.ride-ended", company: companyOf(box), fareYen },
    riders: riders.map((person, at) => ({
      ...{ person: box.pseudonymOf(person), tap: taps[at]!, tapAgoMs: 0, subsidyYen },
      ...counted(box, person),
    })),
  });
  await box.deliver();
}

/** What this box knows to be left after the ride: of the allowance, and of its own rides since. */
function counted(box: DemoBox, person: PersonId) {
  const { allowance } = box;
  const pseudonym = box.pseudonymOf(person);
  const own = box.rides.get(pseudonym) ?? 0;
  box.rides.set(pseudonym, own + 1);
  const known = allowance?.persons.find((one) => one.person === pseudonym);
  const left = (quota: number, used: number) => Math.max(0, quota - used - own - 1);
  return {
    leftToday: left(allowance?.ridesPerDay ?? 0, known?.usedToday ?? 0),
    leftThisYear: left(allowance?.ridesPerYear ?? 0, known?.usedThisYear ?? 0),
    allowance: allowance?.serial ?? null,
  };
}
