import { createPublicKey, type KeyObject } from "node:crypto";
import type { MonotonicMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { openAnswer, receiptSchema } from "#contract/receipts.ts";
import { topicOf } from "#contract/topics.ts";
import type { TlsCredentials } from "#device/fleet/membership.ts";
import { systemClock } from "#runtime/clock.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { cpuMsSince } from "./cpu.ts";

export interface LoadOrder {
  readonly mqttUrl: string;
  /** Without a key the broker's own acknowledgement counts, which says nothing about a disk. */
  readonly gatewayKeyPem?: string;
  /** Key, certificate and authority of each device, for a broker that speaks TLS. */
  readonly tls?: Readonly<Record<string, TlsCredentials>>;
  readonly devices: number;
  readonly eventsPerDevice: number;
  /** Events a second of all devices together; without it as many as may be in flight. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** From publish to receipt, ascending. */
  readonly waitsMs: readonly number[];
  readonly receipts: number;
  /** Processor time of the boxes meanwhile, all cores together. */
  readonly cpuMs: number;
}

const body = {
  type: "decision.made" as const,
  service: "bus.boarding" as const,
  outcome: "admit" as const,
  reason: "face-matched" as const,
  person: "p".repeat(22) as never,
  evidence: [
    { kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate: 1e-4, liveness: "passed" },
  ] as const,
};

/** A device with all its events sealed beforehand, so that only the gateway is timed. */
async function prepare(order: LoadOrder, at: number) {
  const device = new TestDevice(`box-${at + 1}`, at + 1);
  const events: string[] = [];
  for (let i = 0; i < order.eventsPerDevice; i++) {
    events.push(await device.next({ ...body, evidence: [...body.evidence] }));
  }
  await device.connect(order.mqttUrl, order.tls?.[device.id]);
  return { device, events };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Events of one device on their way, and how long each waited. */
class Flight {
  readonly waits: number[] = [];
  receipts = 0;
  #done = 0;
  readonly #sentAt: MonotonicMs[] = [];
  readonly #prepared: Prepared;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  get isOver(): boolean {
    return this.#done === this.#prepared.events.length;
  }

  get inFlight(): number {
    return this.#sentAt.length - this.#done;
  }

  /** `dueAt` is when it should have gone: what waited for room has waited since then. */
  send(onAcknowledged?: () => void, dueAt = systemClock.monotonic()): void {
    const { device, events } = this.#prepared;
    const event = events[this.#sentAt.length];
    if (event === undefined) return;
    this.#sentAt.push(dueAt);
    device.client.publish(topicOf(device.id, "events"), event, { qos: 1 }, () =>
      onAcknowledged?.(),
    );
  }

  /** As many as the contract allows in flight. */
  fill(onAcknowledged?: () => void): void {
    const { events } = this.#prepared;
    while (this.#sentAt.length < events.length && this.inFlight < limits.inFlightMax) {
      this.send(onAcknowledged);
    }
  }

  /** Everything up to and including this sequence has arrived. */
  arrived(sequence: number): void {
    const now = systemClock.monotonic();
    for (; this.#done < sequence; this.#done++) {
      this.waits.push(now - (this.#sentAt[this.#done] ?? now));
    }
  }

  arrivedOne(): void {
    this.arrived(this.#done + 1);
  }
}

/** Resolves at the last receipt, which is verified. */
async function drive(prepared: Prepared, key: KeyObject, paceMs: number | undefined) {
  const { device } = prepared;
  const flight = new Flight(prepared);
  const over = new Promise<string>((resolve) => {
    device.client.on("message", (_topic, payload) => {
      const sealed = payload.toString("latin1");
      const middle = Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString();
      const receipt = receiptSchema.safeParse(JSON.parse(middle));
      if (!receipt.success) throw new Error(`refused: ${middle}`);
      flight.receipts += 1;
      flight.arrived(receipt.data.sequence);
      if (flight.isOver) resolve(sealed);
      else if (paceMs === undefined) flight.fill();
    });
  });
  if (paceMs === undefined) flight.fill();
  else await pace(flight, prepared.events.length, paceMs);
  await openAnswer(await over, device.id, key); // Covers all before it, and it verifies.
  return flight;
}

/** One event each `paceMs`, beginning somewhere within the first, so that devices do not march. */
async function pace(flight: Flight, count: number, paceMs: number): Promise<void> {
  const from = systemClock.monotonic() + Math.random() * paceMs;
  const never = new AbortController().signal;
  for (let i = 0; i < count; i++) {
    const dueAt = (from + i * paceMs) as MonotonicMs;
    const early = dueAt - systemClock.monotonic();
    if (early > 0) await systemClock.sleep(early, never);
    while (flight.inFlight >= limits.inFlightMax) await systemClock.sleep(1, never);
    flight.send(undefined, dueAt);
  }
}

async function driveToBroker(prepared: Prepared): Promise<Flight> {
  const flight = new Flight(prepared);
  await new Promise<void>((resolve) => {
    const onAcknowledged = () => {
      flight.arrivedOne();
      if (flight.isOver) resolve();
      else flight.fill(onAcknowledged);
    };
    flight.fill(onAcknowledged);
  });
  return flight;
}

const order = JSON.parse(process.argv[2] ?? "") as LoadOrder;
const key = order.gatewayKeyPem === undefined ? undefined : createPublicKey(order.gatewayKeyPem);
const paceMs = order.perSecond && (order.devices * 1_000) / order.perSecond;
const prepared = await Promise.all(
  Array.from({ length: order.devices }, (_, at) => prepare(order, at)),
);
const from = systemClock.monotonic();
const cpuFrom = process.cpuUsage();
const flights = await Promise.all(
  prepared.map((one) => (key ? drive(one, key, paceMs) : driveToBroker(one))),
);
const seconds = (systemClock.monotonic() - from) / 1_000;
const cpuMs = cpuMsSince(cpuFrom);
for (const { device } of prepared) await device[Symbol.asyncDispose]();
const result: LoadResult = {
  ...{ seconds, cpuMs },
  waitsMs: flights.flatMap(({ waits }) => waits).sort((a, b) => a - b),
  receipts: flights.reduce((sum, { receipts }) => sum + receipts, 0),
};
// Disconnecting sooner would lose the message.
process.send?.(result, () => process.disconnect());
