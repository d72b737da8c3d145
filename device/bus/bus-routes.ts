import type { Hono } from "hono";
import * as z from "zod";
import { passingDirectionSchema } from "#contract/bodies/bus.ts";
import { bodyOf, type OperatorModule } from "../operator/operator-routes.ts";
import { type BusBox, positionSchema } from "./bus-box.ts";

const tap = z.int().min(1);
const passedSchema = z.strictObject({ tap, direction: passingDirectionSchema });
const countedSchema = z.strictObject({
  direction: passingDirectionSchema,
  count: z.int().min(1).max(200),
});
const groupSchema = z.strictObject({
  tap: tap.optional(),
  adults: z.int().min(0).max(99).default(0),
  children: z.int().min(0).max(99).default(0),
  infants: z.int().min(0).max(99).default(0),
  childTaps: z.array(tap).max(40).default([]),
});
/** Taps that a driver's page shows: whoever stands there now, and those just before. */
const tapsShown = 20;

/** What a driver and the vehicle's own computer do: say where the bus is, who goes, and who came along. */
export function busRoutes(box: BusBox): OperatorModule {
  return {
    name: "bus",
    mount(api: Hono) {
      api.get("/bus", (context) => {
        const taps = box.taps
          .slice(0, tapsShown)
          .map(({ tap: number, at }) => ({ tap: number, at }));
        return context.json({ position: box.position ?? null, taps });
      });
      api.post("/bus/position", async (context) => {
        await box.atStop(await bodyOf(context, positionSchema), "feed");
        return context.json({ ok: true });
      });
      api.post("/bus/passed", async (context) => {
        const { tap: number, direction } = await bodyOf(context, passedSchema);
        await box.passed(number, direction);
        return context.json({ ok: true });
      });
      api.post("/bus/counted", async (context) => {
        const { direction, count } = await bodyOf(context, countedSchema);
        await box.counted(direction, count);
        return context.json({ ok: true });
      });
      api.post("/bus/group", async (context) => {
        await box.group(await bodyOf(context, groupSchema));
        return context.json({ ok: true });
      });
    },
  };
}
