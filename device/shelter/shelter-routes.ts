import type { Context, Hono } from "hono";
import * as z from "zod";
import { leavingReasonSchema, shelterIdSchema } from "#contract/bodies/shelter.ts";
import { TeburaError } from "#contract/errors.ts";
import { csvHeaders } from "#contract/export/csv.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import { evacueeCsv, evacueeSheet, needWords } from "#contract/shelter/evacuee-sheet.ts";
import { handEntrySchema } from "#contract/shelter/hand-entry.ts";
import type { Clock } from "#runtime/clock.ts";
import type { EnrolRequest, EnrolResult } from "../kiosk/messages.ts";
import { bodyOf, type OperatorModule } from "../operator/operator-routes.ts";
import type { ShelterBox } from "./shelter-box.ts";

export interface ShelterRoutesPorts {
  readonly box: ShelterBox;
  readonly clock: Pick<Clock, "wall">;
  readonly timeZone: string;
  /** Names that no gateway holds yet. */
  waiting(): number;
  enrol(request: EnrolRequest, signal: AbortSignal): Promise<EnrolResult>;
}

const entrySchema = handEntrySchema.omit({ shelter: true });
const leavingSchema = z.strictObject({ person: pseudonymSchema, reason: leavingReasonSchema });
const arrivingSchema = z.strictObject({ person: pseudonymSchema });
const nextSchema = z.strictObject({ reason: leavingReasonSchema.nullable() });
const transferSchema = z.strictObject({ person: pseudonymSchema, to: shelterIdSchema });
const faceSchema = z.strictObject({ person: pseudonymSchema, consent: z.literal(true) });

/** What a clerk does at a shelter's own box, with or without a network. */
export function shelterRoutes(ports: ShelterRoutesPorts): OperatorModule {
  const { box, timeZone, waiting, clock } = ports;
  const localTime = localTimeIn(timeZone);
  const words = () => ({
    time: (at: number) => localTime(at).slice(0, 16),
    today: localTime(clock.wall()).slice(0, 10),
  });
  const here = () => box.list.page({ shelter: box.shelter, offset: 0, limit: 1_000_000 });
  return {
    name: "shelter",
    mount(api: Hono) {
      api.get("/shelter", (context) => {
        const { rows, ...page } = here();
        const people = rows.map(({ evacuee, details }) => ({
          ...evacuee,
          details: details ?? null,
        }));
        const state = { moved: box.moved, leaving: box.leaving ?? null, namesWaiting: waiting() };
        return context.json({ ...page, people, ...state, needWords });
      });
      api.get("/shelter/list.csv", (context) =>
        context.body(evacueeCsv(here(), words()), 200, csvHeaders("evacuees.csv")),
      );
      api.get("/shelter/list.html", (context) =>
        context.html(evacueeSheet(here(), words(), "/operator/print.css")),
      );
      api.post("/shelter/people", async (context) =>
        context.json(await box.enter(await bodyOf(context, entrySchema)), 201),
      );
      api.post("/shelter/leave", async (context) => {
        const { person, reason } = await bodyOf(context, leavingSchema);
        return await done(context, box.leave(person, reason));
      });
      api.post("/shelter/arrive", async (context) => {
        const { person } = await bodyOf(context, arrivingSchema);
        return await done(context, box.arrive(person));
      });
      api.post("/shelter/next-leaves", async (context) => {
        const { reason } = await bodyOf(context, nextSchema);
        box.nextLeaves(reason ?? undefined);
        return context.json({ leaving: box.leaving ?? null });
      });
      api.post("/shelter/transfer", async (context) => {
        const { person, to } = await bodyOf(context, transferSchema);
        return await done(context, box.transfer(person, to));
      });
      api.post("/shelter/face", async (context) => await takeFace(context, ports));
    },
  };
}

/** Somebody on the list wants to come in by face from now on: enrolled, and joined to who they are here. */
async function takeFace(context: Context, { box, enrol }: ShelterRoutesPorts): Promise<Response> {
  const { person, consent } = await bodyOf(context, faceSchema);
  // No name of theirs is needed: the list knows who they are.
  const name = `evacuee ${person}`;
  const result = await enrol({ name, consent }, context.req.raw.signal);
  if (!result.ok) throw new TeburaError(result.code, result.message);
  return await done(context, box.hasFace(person, name));
}

async function done(context: Context, work: Promise<void>): Promise<Response> {
  await work;
  return context.json({ ok: true });
}
