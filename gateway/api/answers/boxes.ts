import * as z from "zod";
import { eventBodySchema, eventSchema } from "#contract/events.ts";
import { healthSchema } from "#contract/health.ts";
import { digestSchema } from "#contract/ids.ts";
import type { Verdict } from "../../ledger/verify.ts";
import type { BoxPlace } from "../../map/places.ts";
import { answerOf, device, type RouteAnswers, rows, wall } from "./answer.ts";

const text = z.string();
const count = z.int().min(0);

const box = z.strictObject({
  ...{ device, registered: z.enum(["active", "revoked"]), addedAt: wall },
  connected: z.boolean().nullable().describe("null where the broker cannot tell"),
  sequence: count.describe("the last event that is in the ledger"),
  lastHeardAt: wall.optional().describe("by the gateway's clock, since it started"),
  silent: z.boolean().describe("silence is data: its outbox may hold people"),
  health: healthSchema.optional(),
});

const veiled = z
  .looseObject({ type: z.string() })
  .describe("what is left of an event without whoever in it is under protection");
const body = z.union([eventBodySchema, veiled]);
const event = eventSchema.extend({ body });
const entry = z.strictObject({
  ...{ index: count, event, refusal: text.nullable(), receivedAt: wall, entry: digestSchema },
  correctedAt: z.int().optional().describe("where the box has said that its clock was wrong"),
});

const point = z.strictObject({ latitude: z.number(), longitude: z.number() });

export const boxAnswers: RouteAnswers = {
  "GET /healthz": z.strictObject({ ok: z.literal(true), entries: count }),
  "GET /api/devices": z.strictObject({ devices: rows(box) }),
  "GET /api/events": z.strictObject({
    events: rows(entry),
    next: count.describe("what to ask for after these"),
    count: count.describe("all entries of the ledger"),
  }),
  "GET /api/quarantine": z.strictObject({
    refused: rows(
      z.strictObject({
        ...{ id: count, device: text, code: text, digest: digestSchema },
        ...{ bytes: count, receivedAt: wall, times: count },
      }),
    ),
  }),
  "GET /api/ledger/verify": answerOf<Verdict>()(
    z.discriminatedUnion("intact", [
      z.strictObject({
        ...{ intact: z.literal(true), entries: count, head: digestSchema },
        treeHeads: count.optional(),
      }),
      z.strictObject({
        ...{ intact: z.literal(false), entries: count, index: count, code: text, message: text },
      }),
    ]),
  ),
  "GET /api/map/boxes": answerOf<{ boxes: readonly BoxPlace[] }>()(
    z.strictObject({
      boxes: rows(
        z.strictObject({
          ...{ device, at: point.nullable(), vehicle: text.nullable(), stop: text.nullable() },
        }),
      ),
    }),
  ),
};
