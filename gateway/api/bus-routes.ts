import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import { type BusBody, busDeskBodySchema } from "#contract/bodies/bus.ts";
import { type ErrorCode, errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import type { BusRides } from "../bus/bus-rides.ts";
import { type CsvWriter, machineCsv } from "../bus/csv-text.ts";
import type { DayOfRides } from "../bus/fold-day.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";
import { loadsOf } from "../bus/loads.ts";
import { atStop, positionSchema, positionsIn } from "../bus/positions.ts";
import { type ExportPorts, rideColumns, rideRows } from "../bus/ride-export.ts";
import {
  fareTransactionColumns,
  fareTransactions,
  passengerEventColumns,
  passengerEvents,
  type TidesTable,
} from "../bus/tides.ts";
import type { VehicleDay } from "../bus/vehicle.ts";
import type { PlaceCheck } from "../fleet/known-boxes.ts";
import type { Authorised } from "./authorise.ts";
import { described } from "./described.ts";
import { answered, type ReadWriteGuards } from "./desk-routes.ts";

export interface BusRoutePorts {
  /** Rides of persons and passes for them are for nobody who happens to reach the port. */
  readonly guards: ReadWriteGuards;
  /** The desk: resolves when the event is on disk and in every view. */
  record(body: BusBody): Promise<{ readonly index: number }>;
  /** The rides as they stand now; a view that is folded again has others. */
  rides(): BusRides;
  /** Which boxes may be said to be on a vehicle. */
  readonly placeCheck: PlaceCheck;
  /** The vehicles that are some depots' or companies' on a day; without it nobody has any. */
  readonly vehiclesOf?:
    | ((day: string, depots: readonly string[]) => ReadonlySet<string>)
    | undefined;
  /** Read at each look. */
  readonly rules: Pick<CityRules, "bus">;
  readonly timeZone: string;
  /** The operator's GTFS feed, where there is one: positions are held to it. */
  readonly feed?: GtfsFeed | undefined;
  /** Writes what people open in a spreadsheet, with its guards. */
  readonly csv: CsvWriter;
}

const bodyBytesMax = 2 * 1_024 * 1_024;
const daySchema = z.iso.date();
const recordedSchema = z.strictObject({ recorded: z.int(), index: z.int().nullable() });
const feedSchema = z.object({
  feed: z
    .object({
      ...{ stops: z.int(), trips: z.int(), leftOut: z.int() },
      problems: z.array(z.object({ file: z.string(), line: z.int(), why: z.string() })),
    })
    .nullable(),
});
const daysSchema = z.strictObject({ days: z.array(daySchema) });

/** The bus's part of the HTTP interface. Every error is `{ code, message }`. */
export function createBusRoutes(ports: BusRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  app.onError((error, context) => {
    const code = errorCodeOf(error);
    if (code === "USAGE" || code === "CONFIG_INVALID") return refused(context, 400, error.message);
    if (code === "EVENT_MALFORMED") return refused(context, 400, error.message);
    return context.json(
      { code: code ?? "UNEXPECTED", message: "the gateway failed; see its log" },
      500,
    );
  });
  addWrites(app, ports);
  addExports(app, ports);
  return app;
}

function addWrites(app: Hono<Authorised>, ports: BusRoutePorts): void {
  const { guards, record, feed, placeCheck } = ports;
  const limit = bodyLimit({
    maxSize: bodyBytesMax,
    onError: (context) => refused(context, 413, `a body has at most ${bodyBytesMax} bytes`),
  });
  const positions = async (context: Context) => {
    const isFile = context.req.header("content-type")?.startsWith("text/csv");
    const bodies = isFile
      ? positionsIn(await context.req.text(), feed)
      : [atStop(await bodyOf(context, positionSchema), "feed", feed)];
    const recorded = await Promise.all(bodies.map((body) => record(body)));
    return context.json({ recorded: recorded.length, index: recorded.at(-1)?.index ?? null });
  };
  const records = async (context: Context) => {
    const body = await bodyOf(context, busDeskBodySchema);
    if (body.type === "bus.box-placed") {
      const unknown = placeCheck(body.device, body.vehicle);
      if (unknown) return answered(context, unknown);
    }
    const flaw = flawOf(body, ports);
    if (flaw !== undefined) return refused(context, 409, flaw);
    const { index } = await record(body);
    return context.json({ recorded: 1, index });
  };
  const known = { takes: positionSchema, takesFileToo: true, gives: recordedSchema };
  app.post("/api/bus/positions", guards.write, limit, described(positions, known));
  const told = { takes: busDeskBodySchema, gives: recordedSchema };
  app.post("/api/bus/records", guards.write, limit, described(records, told));
}

/** Why a record would be on the ledger and mean nothing, or undefined. */
function flawOf(body: BusBody, { rides, rules }: BusRoutePorts): string | undefined {
  if (body.type === "bus.card-linked" && !rides().standing.isProof(body.proof, body.person)) {
    return "no decision is here yet in which that person proved themselves with a card";
  }
  if (body.type === "bus.pass-granted") {
    const known = rules.bus.fares.some(({ products }) =>
      products.some(({ id }) => id === body.product),
    );
    return known ? undefined : "no fare table has such a product";
  }
  return undefined;
}

function addExports(app: Hono<Authorised>, ports: BusRoutePorts): void {
  const { guards, csv } = ports;
  const feed = (context: Context) => context.json(feedSaid(ports.feed));
  app.get("/api/bus/feed", guards.read, described(feed, { gives: feedSchema }));
  const days = (context: Context) =>
    context.json({ days: [...ports.rides().days()].map(({ day }) => day) });
  app.get("/api/bus/days", guards.read, described(days, { gives: daysSchema }));
  const loads = (context: Context<Authorised>) => {
    const day = context.req.param("day") ?? "";
    const rides = ports.rides().on(day);
    if (!rides) return refused(context, 404, "nothing happened on that service day");
    const sites = context.get("sites");
    const own = sites && (ports.vehiclesOf?.(day, sites) ?? new Set());
    const isShown = ({ vehicle }: VehicleDay) => own === undefined || own.has(vehicle);
    return context.json(loadsOf([...rides.vehicles.values()].filter(isShown)));
  };
  const parts = { day: daySchema };
  const ofSite = guards.ofSite?.read ?? guards.read;
  app.get("/api/bus/days/:day/loads", ofSite, described(loads, { parts }));
  const file = (
    name: string,
    make: (day: string, rides: DayOfRides, exporting: ExportPorts) => [string, leftOut: number],
  ) => {
    const handler = (context: Context) => {
      const day = daySchema.safeParse(context.req.param("day"));
      if (!day.success) return refused(context, 400, "a day is written as 2026-04-01");
      const { rules, timeZone, feed } = ports;
      const { fares } = rules.bus;
      const rides = ports.rides();
      const ofDay = rides.on(day.data);
      if (!ofDay) return refused(context, 404, "nothing happened on that service day");
      const [text, leftOut] = make(day.data, ofDay, {
        ...{ fares, timeZone, feed, standing: rides.standing },
      });
      context.header("Content-Type", "text/csv; charset=utf-8");
      context.header("Content-Disposition", `attachment; filename="${day.data}-${name}"`);
      context.header("Cache-Control", "no-store");
      context.header("X-Rows-Left-Out", `${leftOut}`);
      return context.body(text);
    };
    const path = `/api/bus/days/:day/${name}`;
    app.get(path, guards.read, described(handler, { gives: "text/csv", parts }));
  };
  const tides = (columns: readonly string[], { rows, leftOut }: TidesTable): [string, number] => [
    machineCsv(columns, rows),
    leftOut,
  ];
  file("rides.csv", (...of) => [csv(rideColumns, rideRows(...of)), 0]);
  file("passenger_events.csv", (day, rides) =>
    tides(passengerEventColumns, passengerEvents(day, rides)),
  );
  file("fare_transactions.csv", (...of) => tides(fareTransactionColumns, fareTransactions(...of)));
}

const problemsShown = 1_000;

/** What was read of the operator's feed, and every row of it that was left out. */
function feedSaid(feed: GtfsFeed | undefined) {
  if (!feed) return { feed: null };
  const { zones, trips, problems } = feed;
  const read = { stops: zones.size, trips: trips.size };
  return {
    feed: { ...read, leftOut: problems.length, problems: problems.slice(0, problemsShown) },
  };
}

/** Throws USAGE saying where a body does not fit, and never what stands there. */
async function bodyOf<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const value = await context.req.json().catch(() => {
    throw new TeburaError("USAGE", "the body is not JSON");
  });
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path }) => path.join(".") || "(root)").join(", ");
  throw new TeburaError("USAGE", `the body does not fit at ${where}`);
}

function refused(context: Context, status: 400 | 404 | 409 | 413, message: string): Response {
  const code: ErrorCode = "USAGE";
  return context.json({ code, message }, status);
}
