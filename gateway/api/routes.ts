import type { KeyObject } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { streamSSE } from "hono/streaming";
import * as z from "zod";
import { deskDevice } from "#contract/desk-device.ts";
import { errorCodeOf } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Transport } from "../broker/transport.ts";
import type { Doors } from "../doors.ts";
import type { EvidenceVault } from "../evidence/evidence-vault.ts";
import type { PersonForgetter } from "../evidence/forget-person.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Quarantine } from "../ingest/quarantine.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type PlacedEvent, placed } from "../ledger/placed.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { DeviceStatus } from "../registry/device-status.ts";
import type { School } from "../school/school.ts";
import type { Services } from "../services.ts";
import { bookingsOfCompanies, claimsOfCompanies } from "../taxi/companies.ts";
import type { KeptViews } from "../views/kept-views.ts";
import { type MedicalQueue, queueOfClinics } from "../views/medical-queue.ts";
import type { TaxiBookings } from "../views/taxi-bookings.ts";
import type { TaxiClaims } from "../views/taxi-claims.ts";
import type { Views } from "../views/views.ts";
import type { ApiKeys } from "./api-keys.ts";
import { createAuditRoutes } from "./audit-routes.ts";
import { type Authorised, authoriser, type Guard } from "./authorise.ts";
import { consoleBuild } from "./console-pages.ts";
import { described, mountedRoutes } from "./described.ts";
import { type EventFeed, type FeedItem, veiledFeed } from "./event-feed.ts";
import { createLedgerRoutes } from "./ledger-routes.ts";
import { LiveFeed } from "./live-feed.ts";
import { liveRoute } from "./live-route.ts";
import { metricsText } from "./metrics.ts";
import { describeApi } from "./openapi.ts";
import { createOwnDataRoutes } from "./own-data-routes.ts";
import { createPersonFileRoutes } from "./person-file-routes.ts";
import { createPersonsRoutes } from "./persons-routes.ts";
import { protection } from "./protection.ts";
import { scopeOfView, scopesOfViews, viewsPath } from "./view-scopes.ts";

/** What the interface shows of a gateway. */
export interface GatewayFacts {
  readonly ledger: Ledger;
  readonly devices: DeviceRegistry;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly persons: PersonRegistry;
  readonly forgetter: PersonForgetter;
  readonly vault: EvidenceVault;
  readonly apiKeys: ApiKeys;
  readonly school: School;
  readonly publicKey: KeyObject;
  readonly services: Services;
  verifyLedger(): Promise<Verdict>;
  signHead(): Promise<void>;
}

export interface RoutePorts {
  readonly clock: Clock;
  readonly gateway: GatewayFacts;
  readonly views: Pick<KeptViews, "index" | "show" | "corrections" | "current">;
  readonly feed: Pick<EventFeed, "subscribe">;
  readonly status: DeviceStatus;
  readonly transport: Transport;
  readonly timeZone: string;
  readonly log: Log;
  readonly doors: Doors;
}

const pageMax = 1_000;
/** Events that may wait for a slow reader of the stream; beyond that it is told to start over. */
const streamWaitingMax = 1_000;
/** How soon a stream ends whose reader may no longer have it. */
const judgeAgainMs = 2_000;

/** A connection that is silent for long is cut off, by the gateway and by proxies on the way. */
const signOfLifeMs = 15_000;

/** The gateway's HTTP interface. Every error is `{ code, message }`. */
export function createRoutes(ports: RoutePorts): Hono {
  const { gateway, views } = ports;
  const app = new Hono();
  app.onError((error, context) => {
    const code = errorCodeOf(error) ?? "UNEXPECTED";
    const message = code === "UNEXPECTED" ? "the gateway failed; see its log" : error.message;
    return context.json({ code, message }, 500);
  });
  const { persons: registry, apiKeys, forgetter, vault } = gateway;
  const { clock, timeZone, log, doors } = ports;
  const { staff, refusals, isBehindProxy } = doors;
  const tellRefusal = refusals.tell.bind(refusals);
  const guard = authoriser({ apiKeys, clock, staff, tellRefusal, isBehindProxy });
  app.use(doors.headers);
  const { protectedPeople: people } = gateway.services;
  const noteLook = gateway.services.noteLook.bind(gateway.services);
  app.use("/api/*", protection({ people, guard, noteLook }));
  app.route("/", doors.routes(guard));
  app.route("/", gateway.services.routes(guard));
  app.route("/", createPersonsRoutes({ registry, forgetter, guard, clock, timeZone, log }));
  const { desk, deletions, mandates } = gateway.services.consents;
  app.route("/", createPersonFileRoutes({ registry, guard, desk, deletions, mandates }));
  const own = { registry, ledger: gateway.ledger, vault, ...gateway.services.besideRegistry };
  app.route("/", createOwnDataRoutes({ ...own, wall: () => clock.wall(), guard, timeZone }));
  const health = (context: Context) => context.json({ ok: true, entries: gateway.ledger.count });
  app.get("/healthz", described(health, {}));
  const veiled = { ...ports, feed: veiledFeed(ports.feed, people) };
  addEvents(app, veiled, guard);
  const devices = (context: Context) => context.json({ devices: describeDevices(ports) });
  app.get("/api/devices", guard("devices:read"), described(devices, {}));
  app.get(viewsPath, guardOfView(guard), (context) => {
    const name = context.req.param("name");
    const view = views.show(name);
    if (view === undefined && !serviceSchema.safeParse(name).success) {
      return context.json({ code: "SERVICE_UNKNOWN", message: "there is no such view" }, 404);
    }
    const shown = ofSites(views.current, name, view ?? null, context.get("sites"));
    return context.json({ index: views.index, view: shown });
  });
  app.get("/api/ledger/verify", guard("ledger:read"), async (context) =>
    context.json(await gateway.verifyLedger()),
  );
  const quarantine = (context: Context) => {
    const limit = wholeNumber(context.req.query("limit"), 100, pageMax) ?? 100;
    return context.json({ refused: gateway.quarantine.list(limit) });
  };
  const listed = described(quarantine, { query: pageSchema.pick({ limit: true }) });
  app.get("/api/quarantine", guard("quarantine:read"), listed);
  const metrics = (context: Context) =>
    context.text(metricsText(gateway.ingest, gateway.ledger, gateway.school));
  app.get("/metrics", guard("metrics:read"), described(metrics, { gives: "text/plain" }));
  app.route("/", consoleRoutes(veiled, guard));
  const description = (context: Context) => context.json(describeApi(mountedRoutes(app)));
  app.get("/api/openapi.json", described(description, {}));
  return app;
}

/** The ledger's entries, by pages and as they come. */
function addEvents(app: Hono, ports: RoutePorts, guard: Guard): void {
  const { gateway, views } = ports;
  const events = (context: Context) => {
    const after = wholeNumber(context.req.query("after"), 0, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(context.req.query("limit"), 100, pageMax);
    if (after === undefined || limit === undefined) {
      return context.json(
        { code: "USAGE", message: `after and limit are whole numbers, limit at most ${pageMax}` },
        400,
      );
    }
    const events = gateway.ledger.after(after, limit).map((entry) => {
      const { event, ...one } = placedWithTime(placed(entry), views.corrections);
      const { receivedAt, entry: hash } = entry;
      return { ...one, event, receivedAt, entry: hash };
    });
    return context.json({
      events,
      next: events.at(-1)?.index ?? after,
      count: gateway.ledger.count,
    });
  };
  app.get("/api/events", guard("events:read"), described(events, { query: pageSchema }));
  const stream = (context: Context<Authorised>) => streamEvents(context, ports);
  const streamed = described(stream, { gives: "text/event-stream" });
  app.get("/api/events/stream", guard("events:read"), streamed);
}

/** For the description: what is asked is read by `wholeNumber`. */
const wholeSchema = z.int().min(0);
const pageSchema = z.strictObject({
  after: wholeSchema.default(0),
  limit: wholeSchema.max(pageMax).default(100),
});

/** What the console asks for beside what every program may ask. */
function consoleRoutes({ gateway, feed, clock, timeZone, doors }: RoutePorts, guard: Guard) {
  const { ledger, vault, publicKey: gatewayKey } = gateway;
  const keyOf = (device: DeviceId) => gateway.devices.get(device)?.publicKey;
  const signHead = () => gateway.signHead();
  const noteEvidence = gateway.services.noteEvidence.bind(gateway.services);
  const proofs = { ledger, vault, gatewayKey, keyOf, signHead, noteEvidence };
  const app = createLedgerRoutes({ ...proofs, guard: guard("ledger:read") });
  app.route("/", createAuditRoutes({ ledger, guard: guard("audit:read") }));
  const count = () => ledger.count;
  const live = new LiveFeed({ feed, clock, count, build: consoleBuild(), timeZone });
  const followed = { scopes: ["events:read" as const], gives: "text/event-stream" as const };
  app.get("/api/live", described(liveRoute(live, doors.staff, guard), followed));
  return app;
}

/** What a service's view shows is opened by the service's own scope. */
function guardOfView(guard: Guard): MiddlewareHandler<Authorised> {
  const ofView: MiddlewareHandler<Authorised> = async (context, next) => {
    const name = context.req.param("name") ?? "";
    return await guard(scopeOfView(name), dividedViews.has(name) ? "site" : "city")(context, next);
  };
  return described(ofView, { scopes: scopesOfViews });
}

type Sites = readonly string[];
type Divide = (sites: Sites, view: never, views: Pick<Views, "busBoardingOf">) => unknown;
/** Views that are divided by places; whoever is bound to places sees theirs of them, and no other view. */
const dividedViews: ReadonlyMap<string, Divide> = new Map<string, Divide>([
  ["medical.reception", (sites, view: MedicalQueue) => queueOfClinics(view, sites)],
  ["bus.boarding", (sites, _, views) => views.busBoardingOf(sites)],
  ["taxi.claims", (sites, view: TaxiClaims) => claimsOfCompanies(view, sites)],
  ["taxi.bookings", (sites, view: TaxiBookings) => bookingsOfCompanies(view, sites)],
]);

function ofSites(
  views: Pick<Views, "busBoardingOf">,
  name: string,
  view: unknown,
  sites: Sites | undefined,
): unknown {
  if (sites === undefined || view === null) return view;
  return dividedViews.get(name)?.(sites, view as never, views) ?? null;
}

/** An entry with `correctedAt` where its box has said that its clock was wrong. */
function placedWithTime(one: PlacedEvent, corrections: KeptViews["corrections"]) {
  const offset = corrections.offsetOf(one.event);
  return offset === 0 ? one : { ...one, correctedAt: one.event.at + offset };
}

/** What is known of every registered box, silence included. */
function describeDevices({ gateway, status, clock, transport }: RoutePorts) {
  const now = clock.wall();
  const boxes = gateway.devices.list().filter(({ device }) => device !== deskDevice);
  return boxes.map(({ device, addedAt, status: registered }) => ({
    device,
    registered,
    addedAt,
    connected: transport.connected?.has(device) ?? null,
    sequence: gateway.ledger.head(device).sequence,
    ...status.of(device, now),
  }));
}

/** Server-sent events: each entry as it is committed, and a sign of life in between. */
function streamEvents(
  context: Context<Authorised>,
  { feed, clock }: Pick<RoutePorts, "feed" | "clock">,
) {
  const stillHolds = context.get("stillHolds");
  return streamSSE(context, async (stream) => {
    let judgedAt = clock.monotonic();
    const waiting: FeedItem[] = [];
    const stop = new AbortController();
    const unsubscribe = feed.subscribe((item) => {
      if (waiting.length >= streamWaitingMax) stop.abort();
      else waiting.push(item);
    });
    stream.onAbort(() => stop.abort());
    try {
      await stream.writeSSE({ event: "hello", data: "{}" });
      let spokeAt = clock.monotonic();
      while (!stop.signal.aborted) {
        if (clock.monotonic() - spokeAt > signOfLifeMs) {
          await stream.write(": still here\n\n"); // A comment, which readers of the stream pass over.
          spokeAt = clock.monotonic();
        }
        for (const item of waiting.splice(0)) {
          await stream.writeSSE({
            event: "entry",
            id: `${item.index}`,
            data: JSON.stringify(item),
          });
        }
        await clock.sleep(200, stop.signal).catch(() => undefined);
        if (clock.monotonic() - judgedAt < judgeAgainMs) continue;
        judgedAt = clock.monotonic();
        if (!stillHolds()) return; // Signed out, or the key was revoked.
      }
    } finally {
      unsubscribe();
    }
  });
}

function wholeNumber(text: string | undefined, absent: number, most: number): number | undefined {
  if (text === undefined) return absent;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= most && text !== "" ? value : undefined;
}
