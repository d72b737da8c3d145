import * as z from "zod";
import type { DayLoads } from "../../bus/loads.ts";
import type { BusBoarding } from "../../views/bus-boarding.ts";
import { answerOf, day, type RouteAnswers, rows, yen } from "./answer.ts";

const count = z.int().min(0);
const text = z.string();
const counts = z.strictObject({
  ...{ device: text, boarded: count, alighted: count, repeated: count },
  ...{ refused: count, askedForCard: count },
});
const vehicle = z.strictObject({
  ...{ vehicle: text, trip: text.nullable(), stop: text.nullable(), stopName: text.nullable() },
  ...{ load: count, loadMax: count, boarded: count, alighted: count },
  unexplained: count.describe("alightings of people whose boarding nobody saw"),
  alightingNotSeen: count,
});
const journey = z.strictObject({
  ...{ from: text, to: text, fromName: text.nullable(), toName: text.nullable(), people: count },
});
const product = z.strictObject({ product: text, rides: count, yen, regularYen: yen });
const serviceDay = z.strictObject({
  ...{ day, vehicles: rows(vehicle), journeys: rows(journey) },
  fares: z.strictObject({ yen, byProduct: rows(product), unsettled: count }),
});

export const busAnswers: RouteAnswers = {
  "GET /api/bus/days/:day/loads": answerOf<DayLoads>()(
    z.strictObject({
      ...{ stepMs: z.int(), from: z.int().nullable() },
      vehicles: rows(z.strictObject({ vehicle: text, loads: rows(count) })),
    }),
  ),
};

export const busViews = {
  "bus.boarding": answerOf<BusBoarding>()(
    z.strictObject({
      days: rows(z.strictObject({ day, devices: rows(counts) })),
      serviceDays: rows(serviceDay),
    }),
  ),
};
