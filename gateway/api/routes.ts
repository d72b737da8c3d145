import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { errorCodeOf } from "#contract/errors.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Transport } from "../broker/transport.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Quarantine } from "../ingest/quarantine.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { placed } from "../ledger/placed.ts";
import type { Verdict } from "../ledger/verify.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { DeviceStatus } from "../registry/device-status.ts";
import type { Views } from "../views/views.ts";
import type { EventFeed, FeedItem } from "./event-feed.ts";
import { metricsText } from "./metrics.ts";

/** What the interface shows of a gateway. */
export interface GatewayFacts {
  readonly ledger: Ledger;
  readonly devices: DeviceRegistry;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  verifyLedger(): Promise<Verdict>;
}

export interface RoutePorts {
  readonly clock: Clock;
  readonly gateway: GatewayFacts;
  readonly views: Views;
  readonly feed: EventFeed;
  readonly status: DeviceStatus;
  readonly transport: Transport;
}

const pageMax = 1_000;
/** Events that may wait for a slow reader of the stream; beyond that it is told to start over. */
const streamWaitingMax = 1_000;

/** The gateway's HTTP interface. Every error is `{ code, message }`. */
export function createRoutes(ports: RoutePorts): Hono {
  const { gateway, views } = ports;
  const app = new Hono();
  app.onError((error, context) => {
    const code = errorCodeOf(error) ?? "UNEXPECTED";
    const message = code === "UNEXPECTED" ? "the gateway failed; see its log" : error.message;
    return context.json({ code, message }, 500);
  });
  app.get("/healthz", (context) => context.json({ ok: true, entries: gateway.ledger.count }));
  app.get("/api/events", (context) => {
    const after = wholeNumber(context.req.query("after"), 0, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(context.req.query("limit"), 100, pageMax);
    if (after === undefined || limit === undefined) {
      return context.json(
        { code: "USAGE", message: `after and limit are whole numbers, limit at most ${pageMax}` },
        400,
      );
    }
    const events = gateway.ledger
      .after(after, limit)
      .map((entry) => ({ ...placed(entry), receivedAt: entry.receivedAt, entry: entry.entry }));
    return context.json({
      events,
      next: events.at(-1)?.index ?? after,
      count: gateway.ledger.count,
    });
  });
  app.get("/api/devices", (context) => context.json({ devices: describeDevices(ports) }));
  app.get("/api/views/:service", (context) => {
    const service = serviceSchema.safeParse(context.req.param("service"));
    if (!service.success) {
      return context.json({ code: "SERVICE_UNKNOWN", message: "there is no such service" }, 404);
    }
    return context.json({ index: views.index, view: views.show(service.data) });
  });
  app.get("/api/ledger/verify", async (context) => context.json(await gateway.verifyLedger()));
  app.get("/api/quarantine", (context) => {
    const limit = wholeNumber(context.req.query("limit"), 100, pageMax) ?? 100;
    return context.json({ refused: gateway.quarantine.list(limit) });
  });
  app.get("/metrics", (context) => context.text(metricsText(gateway.ingest, gateway.ledger)));
  app.get("/api/events/stream", (context) => streamEvents(context, ports));
  return app;
}

/** What is known of every registered box, silence included. */
function describeDevices({ gateway, status, clock, transport }: RoutePorts) {
  const now = clock.wall();
  return gateway.devices.list().map(({ device, addedAt, status: registered }) => ({
    device,
    registered,
    addedAt,
    connected: transport.connected?.has(device) ?? null,
    sequence: gateway.ledger.head(device).sequence,
    ...status.of(device, now),
  }));
}

/** Server-sent events: each entry as it is committed, and a sign of life in between. */
function streamEvents(context: Parameters<typeof streamSSE>[0], { feed, clock }: RoutePorts) {
  return streamSSE(context, async (stream) => {
    const waiting: FeedItem[] = [];
    const stop = new AbortController();
    const unsubscribe = feed.subscribe((item) => {
      if (waiting.length >= streamWaitingMax) stop.abort();
      else waiting.push(item);
    });
    stream.onAbort(() => stop.abort());
    try {
      await stream.writeSSE({ event: "hello", data: "{}" });
      while (!stop.signal.aborted) {
        for (const item of waiting.splice(0)) {
          await stream.writeSSE({
            event: "entry",
            id: `${item.index}`,
            data: JSON.stringify(item),
          });
        }
        await clock.sleep(200, stop.signal).catch(() => undefined);
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
