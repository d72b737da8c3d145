import { placeIdSchema } from "#contract/bodies/places.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { City } from "../city.ts";
import type { Happening } from "../day.ts";
import { busSteps, haltsAt } from "../streets.ts";

/** People of the city, by what they do that day. */
export const crowd = {
  riders: [0, 600],
  pupils: [600, 840],
  evacuees: [840, 960],
  elderly: [960, 1_000],
} as const;

export const shelters = ["momonoki", "sakura", "akagi", "tone"] as const;
const year = { validFrom: "2026-04-01", validUntil: "2027-03-31" };

/** Before the first bus: everything that offices have to say so that the day can be counted. */
export function setUp(city: City): readonly Happening[] {
  const from = city.at("00:00") as WallMs;
  return [
    {
      at: city.at("05:35"),
      async run() {
        await city.say([
          ...buses(city),
          ...taxis(city),
          ...schools(city, from),
          ...sheltersOf(city, from),
          ...placesOf(city, from),
        ]);
        // They hear of their allowances in answer to it.
        for (const box of city.boxesFor("taxi.subsidised-ride")) await box.sayHealth();
      },
    },
  ];
}

function buses(city: City): readonly EventBody[] {
  const placed = city.boxesFor("bus.boarding").map(
    ({ id }): EventBody => ({
      ...{ type: "bus.box-placed", device: id, vehicle: id, door: "front", counts: "either" },
    }),
  );
  const passes = city.residents.slice(0, 120).map(
    (person): EventBody => ({
      ...{ type: "bus.pass-granted", person: city.pseudonymOf("bus.boarding", person) },
      ...{ product: "digital-free-pass", ...year },
    }),
  );
  return [...placed, ...passes];
}

function taxis(city: City): readonly EventBody[] {
  return city.residents.slice(...crowd.elderly).map((person, at) => ({
    ...{ type: "taxi.entitlement-granted", entitlement: `E-${at + 1}`, category: "age-75" },
    person: city.pseudonymOf("taxi.subsidised-ride", person),
    ...{ validFrom: "2026-04-01", validUntil: null },
  }));
}

function schools(city: City, from: WallMs): readonly EventBody[] {
  const gates = city.boxesFor("school.attendance");
  const school = placeIdSchema.parse("momonoi-elementary");
  const term = { from: "2026-09-01", until: "2026-12-25" };
  const pupils = city.residents.slice(...crowd.pupils);
  const classes = gates.flatMap((_, grade): EventBody[] => {
    const name = `2026-${grade + 1}`;
    const own = pupils.filter((_pupil, at) => at % gates.length === grade);
    const week = [1, 2, 3, 4, 5].map((weekday) => ({
      ...{ weekday, begins: "08:20", ends: "15:00", dueBy: "08:40" },
      lessons: [{ begins: "08:45", ends: "09:30", subject: "国語" }],
    }));
    return [
      {
        ...{ type: "school.roster-set", class: name, school, ...term },
        pupils: own.map((pupil, at) => ({
          pupil: city.pseudonymOf("school.attendance", pupil),
          number: at + 1,
        })),
      },
      { type: "school.timetable-set", class: name, ...term, timeZone: "Asia/Tokyo", week },
    ];
  });
  const placed = gates.map(
    ({ id: box }): EventBody => ({
      type: "school.box-placed",
      box,
      school,
      door: "entrance",
      from,
    }),
  );
  return [...classes, ...placed];
}

function sheltersOf(city: City, from: WallMs): readonly EventBody[] {
  const boxes = city.boxesFor("shelter.check-in");
  return shelters.flatMap((shelter, at): EventBody[] => {
    const device = boxes[at]?.id as DeviceId;
    return [
      { type: "shelter.site-set", shelter, label: labels[at]!, capacity: 60, open: true },
      { type: "shelter.site-assigned", device, shelter, door: "entrance", from },
    ];
  });
}

const labels = ["桃ノ木小学校", "さくら公民館", "赤城体育館", "利根川会館"];

function placesOf(city: City, from: WallMs): readonly EventBody[] {
  const works = (service: Service, box: string, place: string): EventBody => ({
    ...{ type: "place.box-assigned", service, box: city.box(box).id },
    ...{ place: placeIdSchema.parse(place), from },
  });
  return [
    works("medical.reception", "clinic-1", "clinic-a"),
    works("medical.reception", "clinic-2", "clinic-b"),
    works("payment", "shop-1", "grocer"),
    works("payment", "shop-2", "jeweller"),
    works("event.entry", "hall-2", "concert"),
    {
      ...{ type: "ticket.performance-set", performance: placeIdSchema.parse("concert") },
      startsAt: city.at("18:00") as WallMs,
      ...{ capacity: 300, perPurchaseMax: 4, priceYen: 3_500 },
    },
  ];
}

/** Every bus goes up and down its line all day, and the operator's feed says where it stands. */
export function busLines(city: City): readonly Happening[] {
  const vehicles = city.boxesFor("bus.boarding").map(({ id }) => id);
  return Array.from({ length: busSteps }, (_, step) => ({
    at: city.at("06:00") + step * 10 * 60_000,
    async run() {
      await city.say(
        haltsAt(step, vehicles).map(
          (halt): EventBody => ({ type: "bus.at-stop", ...halt, source: "feed" }),
        ),
      );
    },
  }));
}
