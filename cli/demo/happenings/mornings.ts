import type { PersonId } from "#contract/ids.ts";
import { pseudoRandom } from "#device/evaluate/pseudo-random.ts";
import type { City } from "../city.ts";
import type { Happening } from "../day.ts";
import type { DemoBox } from "../demo-box.ts";
import { turnsAt } from "../streets.ts";
import { crowd } from "./set-up.ts";

/** Every second of them is unsure of somebody now and then: a mask, a low sun, twins. */
const unsureShare = 0.04;
const strangerShare = 0.02;

const minuteMs = 60_000;

/** Somebody comes to a door at a moment, mostly recognised at once. */
function visit(
  at: number,
  box: (city: City) => DemoBox,
  person: PersonId,
  chance: number,
): Happening {
  return {
    at,
    async run(city) {
      const rate = chance < unsureShare ? 0.05 : chance > 1 - strangerShare ? 0.6 : 1e-5;
      await box(city).see({ person, rate });
    },
  };
}

/** How long a bus takes from stop to stop (`busLines`). */
const stopMs = 10 * minuteMs;
/** Whose leaving a box sees as well; the others get off at a door without one. */
const seenLeavingShare = 0.5;

/**
 * Six hundred people take a bus to work or to the shops, and home again in the afternoon. Many of them are
 * seen again where they get off; one brings a friend and a child with empty hands.
 */
export function busDay(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const buses = city.boxesFor("bus.boarding").length;
  const rides = city.residents.slice(0, 600).flatMap((person) => {
    const bus = 1 + Math.floor(random() * (buses - 1));
    const out = city.at("06:00") + random() * 240 * minuteMs;
    const back = city.at("15:00") + random() * 240 * minuteMs;
    const box = () => city.box(`bus-${bus}`);
    return [out, back].flatMap((at) => {
      const chance = random();
      const boards = visit(at, box, person, chance);
      const next = at + stopMs - ((at - city.at("06:00")) % stopMs) + minuteMs;
      const step = Math.floor((next - city.at("06:00")) / stopMs);
      const isSameRound = !turnsAt(step, bus - 1);
      const isKnown = chance >= unsureShare && chance <= 1 - strangerShare;
      const isSeen = isKnown && isSameRound && random() < seenLeavingShare;
      return isSeen ? [boards, visit(next, box, person, chance)] : [boards];
    });
  });
  return [...rides, family(city)];
}

/** A guardian shows their face for a friend and for a child, who is named and has a ride of its own. */
function family(city: City): Happening {
  return {
    at: city.at("10:41"),
    async run() {
      const box = city.box("bus-1");
      const { sequence } = await box.see({ person: city.resident(970) });
      await box.record({
        ...{ type: "bus.group-boarded", boarding: { device: box.id, sequence } },
        ...{ adults: 1, children: 1, infants: 0 },
        namedChildren: [box.pseudonymOf(city.resident(crowd.pupils[0]))],
      });
    },
  };
}

/** Two hundred and forty children arrive at school before eight, some of them late. */
export function schoolDay(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const gates = city.boxesFor("school.attendance").length;
  return city.residents.slice(600, 840).map((person, i) => {
    const isLate = random() < 0.05;
    const at = city.at("07:30") + random() * (isLate ? 120 : 45) * minuteMs;
    return visit(at, () => city.box(`school-${1 + (i % gates)}`), person, random());
  });
}

/** In the afternoon there is a drill: a hundred and twenty people come to the shelters. */
export function shelterDrill(city: City, seed: number): readonly Happening[] {
  const random = pseudoRandom(seed);
  const shelters = city.boxesFor("shelter.check-in").length;
  return city.residents.slice(840, 960).map((person, i) => {
    const at = city.at("12:00") + random() * 60 * minuteMs;
    return visit(at, () => city.box(`shelter-${1 + (i % shelters)}`), person, random());
  });
}
