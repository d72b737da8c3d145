import type { Hono } from "hono";
import * as z from "zod";
import { fareYenMax, ridersMax } from "#contract/bodies/taxi.ts";
import { bodyOf, type OperatorModule } from "../operator/operator-routes.ts";
import type { Rider, TaxiBox } from "./taxi-box.ts";

const taps = z.array(z.int().min(1)).max(ridersMax);
const fareSchema = z.strictObject({
  fareYen: z.int().min(0).max(fareYenMax),
  taps: taps.optional(),
  anyway: taps.optional(),
});

/** What a driver does: sees who rides, asks what a fare comes to, and ends the ride with it. */
export function taxiRoutes(box: TaxiBox): OperatorModule {
  return {
    name: "taxi",
    mount(api: Hono) {
      api.get("/taxi", (context) => context.json({ riding: box.riding.map(shown) }));
      api.post("/taxi/quote", async (context) =>
        context.json({ riders: box.quote(await bodyOf(context, fareSchema)) }),
      );
      api.post("/taxi/fare", async (context) =>
        context.json({ riders: await box.end(await bodyOf(context, fareSchema)) }, 201),
      );
    },
  };
}

/** A driver needs to know who by their place, and not by a number that could be followed. */
function shown({ tap, tapAt, room, booking }: Rider) {
  const { kind } = room;
  const left =
    kind === "allowed" ? { leftToday: room.leftToday, leftThisYear: room.leftThisYear } : {};
  return { tap, tapAt, booking, subsidised: kind === "allowed", ...left, ...why(room) };
}

const why = (room: Rider["room"]) => (room.kind === "refused" ? { why: room.reason } : {});
