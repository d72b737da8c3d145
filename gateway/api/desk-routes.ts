import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type * as z from "zod";
import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import { csvHeaders } from "#contract/export/csv.ts";
import type { Answer } from "../desk/answer.ts";
import type { Scope } from "./api-keys.ts";
import type { Authorised, Guard } from "./authorise.ts";
import { described, type MediaType } from "./described.ts";
import { foreignSite, type Place } from "./foreign-site.ts";
import { veilOf } from "./protection.ts";

export interface DeskRoutePorts {
  /** Who may look and who may change; they answer themselves where somebody may not. */
  readonly guards: ReadWriteGuards;
}

/** The guards of one service. There is no route without one. */
export interface ReadWriteGuards {
  readonly read: MiddlewareHandler<Authorised>;
  readonly write: MiddlewareHandler<Authorised>;
  /** The same for routes that say which place they look at; unset, they are closed as the others are. */
  readonly ofSite?: Omit<ReadWriteGuards, "ofSite">;
}

/** Guards for the two scopes of a service, over the city and of one site. */
export function guardsOf(guard: Guard, read: Scope, write: Scope): ReadWriteGuards {
  const ofSite = { read: guard(read, "site"), write: guard(write, "site") };
  return { read: guard(read), write: guard(write), ofSite };
}

type PlaceOf<Asked> = (asked: Asked) => Place | readonly Place[];

/** Who asks, as the guard found it. */
export type AskerContext = Context<Authorised>;

interface CsvFile {
  readonly name: string;
  readonly text: string;
}

const bodyBytesMax = 65_536;

/** What a refusal of a desk is in HTTP; all that is not listed is a conflict with what is on record. */
export const deskStatuses: Partial<Record<ErrorCode, 403 | 404 | 422 | 429>> = {
  DEVICE_UNKNOWN: 404,
  DECISION_MISSING: 404,
  ENTITLEMENT_UNKNOWN: 404,
  ENTITLEMENT_NUMBER_RESERVED: 422,
  BOOKING_UNKNOWN: 404,
  RIDE_UNKNOWN: 404,
  TAXI_CATEGORY_UNKNOWN: 422,
  TAXI_CATEGORY_NOT_HELD: 422,
  TAXI_VEHICLE_FOREIGN: 422,
  SHELTER_UNKNOWN: 404,
  EVACUEE_UNKNOWN: 404,
  VISIT_UNKNOWN: 404,
  CONSENT_UNKNOWN: 404,
  PROXY_UNKNOWN: 404,
  PROXY_REFUSED: 422,
  LOOKUP_UNKNOWN: 404,
  PERFORMANCE_UNKNOWN: 404,
  TICKET_UNKNOWN: 404,
  ENTRY_UNKNOWN: 404,
  PAYMENT_UNKNOWN: 404,
  CLASS_UNKNOWN: 404,
  PUPIL_UNKNOWN: 404,
  PERSON_NOT_FOUND: 404,
  GUARDIAN_UNKNOWN: 404,
  ACCESS_DENIED: 403,
  SITE_FOREIGN: 403,
  DAY_INVALID: 422,
  TIMETABLE_INVALID: 422,
  ADDRESS_NOT_ALLOWED: 422,
  CALENDAR_UNKNOWN: 404,
  CONSENT_TOO_LONG: 422,
  TICKETS_TOO_MANY: 422,
  RATE_LIMITED: 429,
};

/** Routes of a desk: JSON in through a strict schema, an answer or `{ code, message }` out. */
export class DeskRoutes {
  readonly app: Hono<Authorised>;
  readonly #guards: ReadWriteGuards;
  readonly #placeOf: PlaceOf<unknown> | undefined;

  constructor(
    { guards }: DeskRoutePorts,
    app = new Hono<Authorised>(),
    placeOf?: PlaceOf<unknown>,
  ) {
    this.#guards = guards;
    this.#placeOf = placeOf;
    this.app = app;
    this.app.onError((error, context) => {
      const code = errorCodeOf(error) ?? "UNEXPECTED";
      // Another system's failure, told by a sentence of ours: the caller can do something about it.
      const isElsewhere = code === "MEDICAL_SOURCE_UNSET" || code === "MEDICAL_SOURCE_FAILED";
      if (isElsewhere) return context.json({ code, message: error.message }, 503);
      return context.json({ code, message: "the gateway failed; see its log" }, 500);
    });
  }

  /** Routes of the same desk that look at one place, which may be all that the caller may see. */
  at<Asked>(placeOf: PlaceOf<Asked>): DeskRoutes {
    const guards = this.#guards.ofSite ?? this.#guards;
    return new DeskRoutes({ guards }, this.app, placeOf as PlaceOf<unknown>);
  }

  /**
   * Nobody's pseudonym or reference stands in an address, which ends up in the logs of proxies; so a
   * question about somebody is a post, too, and `guard` says then that reading is enough.
   */
  post<Body, Given extends object>(
    path: string,
    schema: z.ZodType<Body>,
    run: (body: Body, context: AskerContext) => Answer<Given> | Promise<Answer<Given>>,
    guard: "read" | "write" = "write",
  ): void {
    const limit = bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => usage(context, `a body has at most ${bodyBytesMax} bytes`, 413),
    });
    const handler = async (context: AskerContext) => {
      const sent = await jsonOf(context);
      if (sent === undefined) return usage(context, "the body is not JSON");
      const parsed = schema.safeParse(sent);
      if (!parsed.success) return usage(context, flawsOf(parsed.error));
      const foreign = this.#foreign(context, parsed.data);
      if (foreign) return foreign;
      const veil = veilOf(context);
      if (guard === "write") {
        veil.exempt(parsed.data);
        return answered(context, await run(parsed.data, context));
      }
      const { asked, back } = veil.aboutNobody(parsed.data);
      veil.exempt(parsed.data);
      return answered(context, back(await run(asked, context)));
    };
    this.app.post(path, this.#guards[guard], limit, described(handler, { takes: schema }));
  }

  get<Query>(
    path: string,
    schema: z.ZodType<Query>,
    run: (query: Query, context: AskerContext) => Response | Promise<Response>,
    gives?: MediaType,
  ): void {
    const handler = async (context: AskerContext) => {
      const parsed = schema.safeParse(context.req.query());
      if (!parsed.success) return usage(context, flawsOf(parsed.error));
      return this.#foreign(context, parsed.data) ?? (await run(parsed.data, context));
    };
    const known = { query: schema, ...(gives && { gives }) };
    this.app.get(path, this.#guards.read, described(handler, known));
  }

  csv<Query>(
    path: string,
    schema: z.ZodType<Query>,
    run: (query: Query, context: AskerContext) => CsvFile | Promise<CsvFile>,
  ): void {
    const file = async (query: Query, context: AskerContext) => {
      const { name, text } = await run(query, context);
      return context.body(text, 200, csvHeaders(name));
    };
    this.get(path, schema, file, "text/csv");
  }

  #foreign(context: AskerContext, asked: unknown): Response | undefined {
    return this.#placeOf && foreignSite(context, this.#placeOf(asked));
  }
}

/** The answer as a response. What is about people is for the one who asked, and for no cache. */
export function answered(context: Context, answer: Answer<object>): Response {
  context.header("Cache-Control", "no-store");
  if (answer.ok) {
    const { ok: _, ...given } = answer;
    return context.json(given);
  }
  const { code, message } = answer;
  return context.json({ code, message }, deskStatuses[code] ?? 409);
}

const usage = (context: Context, message: string, status: 400 | 413 = 400): Response =>
  context.json({ code: "USAGE", message }, status);

/** Undefined for what is not JSON. */
async function jsonOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    return undefined;
  }
}

/** Paths only: a message could repeat what somebody sent. */
function flawsOf(error: z.ZodError): string {
  const places = new Set(error.issues.map(({ path }) => path.join(".") || "(root)"));
  return `what was sent does not fit at ${[...places].join(", ")}`;
}
