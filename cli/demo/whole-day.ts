import type { City } from "./city.ts";
import { type DayTotals, playDay } from "./day.ts";
import { busDay, schoolDay, shelterDrill } from "./happenings/mornings.ts";
import { clinicDay, emergencies, hallDay, routeWatch, shopDay } from "./happenings/services.ts";
import { busLines, setUp } from "./happenings/set-up.ts";
import { shelterDesk } from "./happenings/shelters.ts";
import { taxiClaims, taxiDay, threeTaxis } from "./happenings/taxis.ts";
import { withServices } from "./service-frauds.ts";

/** Plays everything that happens in the city on its day, in the same way each time. */
export async function playWholeDay(city: City): Promise<DayTotals> {
  const happenings = [
    ...[setUp(city), busLines(city), busDay(city, 1), schoolDay(city, 2), routeWatch(city, 4)],
    ...[shelterDrill(city, 3), shelterDesk(city), taxiDay(city, 5), threeTaxis(city)],
    taxiClaims(city),
    ...[clinicDay(city), emergencies(city), hallDay(city), shopDay(city, 6)],
  ];
  return await playDay(city, happenings.flat(), withServices);
}
