import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AedesOptions } from "aedes";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Answer, Receipt } from "#contract/receipts.ts";
import { MqttLink } from "#device/delivery/mqtt-link.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { BundledScripts } from "#test/support/bundled-scripts.ts";
import { SmallGateway } from "#test/support/small-gateway.ts";

const device = "box-01" as DeviceId;
const key = keyOfSeed(1);
const body: EventBody = { type: "source.changed", source: "camera", state: "covered" };
let folder: string;
let parts: Disposables;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-answers-"));
  parts = new Disposables();
  logged = [];
});
afterEach(async () => {
  await parts[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const patience = () => AbortSignal.timeout(50_000);
const pause = (durationMs: number) => systemClock.sleep(durationMs, patience());
async function until(fact: () => boolean): Promise<void> {
  const signal = patience();
  while (!fact()) await systemClock.sleep(20, signal);
}

function openOutbox(name = "outbox.db"): Outbox {
  const outbox = new Outbox({
    path: join(folder, name),
    device,
    privateKey: key.privateKey,
    wall: () => systemClock.wall(),
    clockQuality: () => "synced",
  });
  parts.defer(() => outbox[Symbol.dispose]());
  return outbox;
}

async function appendTo(outbox: Outbox, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await outbox.append(body);
}

async function startGateway(options?: AedesOptions) {
  const gateway = parts.use(new SmallGateway(device, key));
  return { gateway, port: await gateway.start(options) };
}

async function startUplink(outbox: Outbox, port: number): Promise<Uplink> {
  const uplink = new Uplink({
    onList: async () => undefined,
    onLease: () => undefined,
    onLeave: () => undefined,
    onTime: () => undefined,
    link: new MqttLink({
      url: `mqtt://127.0.0.1:${port}`,
      ...{ device, privateKey: key.privateKey, random: () => 0.5 },
      log: (event) => logged.push(event),
    }),
    ...{ device, outbox, privateKey: key.privateKey, clock: systemClock },
    gatewayKey: keyOfSeed(2).publicKey,
    log: (event) => logged.push(event),
    health: () => ({
      ...{ v: 1, device, at: systemClock.wall(), version: "0.1.0", service: "bus.boarding" },
      ...{ source: "camera", sourceState: "streaming", sequence: 0, outboxDepth: 0 },
      ...{ framesPerSecond: 0, framesDropped: 0, galleryPeople: 0, cardReader: "none", nonces: 0 },
    }),
  });
  parts.use(uplink);
  await uplink.start();
  return uplink;
}

test("receipts that come twice, late and out of order change nothing but what they cover", async () => {
  const { gateway, port } = await startGateway();
  const kept: Answer[] = [];
  gateway.answering = (answer) => {
    kept.push(answer);
    return kept.length % 7 === 0 ? [...kept.splice(0).reverse(), answer] : [];
  };
  const outbox = openOutbox();
  await appendTo(outbox, 140);
  const uplink = await startUplink(outbox, port);
  await uplink.idle(patience());
  expect(gateway.held).toHaveLength(140);
  expect(outbox.receiptedSequence).toBe(140);
});

test("the gateway's own receipt for bytes that we never made forgets nothing", async () => {
  const { gateway, port } = await startGateway();
  gateway.answering = () => [];
  const outbox = openOutbox();
  await appendTo(outbox, 3);
  const uplink = await startUplink(outbox, port);
  await until(() => gateway.held.length === 3);
  const receipt = { ...gateway.receipt(2), event: digestOf("other bytes") };
  await gateway.say({ kind: "receipt", receipt });
  await gateway.say({ kind: "receipt", receipt: { ...gateway.receipt(3), sequence: 4 } });
  await until(() => uplink.counts.invalid === 2);
  expect(outbox.depth).toBe(3);
  await gateway.say({ kind: "receipt", receipt: gateway.receipt() });
  await uplink.idle(patience());
});

test("a gateway that asks for an earlier event is given it", async () => {
  const { gateway, port } = await startGateway();
  gateway.answering = () => [];
  const outbox = openOutbox();
  await appendTo(outbox, 10);
  const uplink = await startUplink(outbox, port);
  await until(() => gateway.held.length === 10);
  gateway.held.splice(4); // It was killed, and had committed only four.
  gateway.answering = (answer) => [answer];
  await pause(600);
  await appendTo(outbox, 1);
  await uplink.idle(patience());
  expect(gateway.held).toHaveLength(11);
});

test("a gateway that lost what it had receipted is noted, and not flooded", async () => {
  const { gateway, port } = await startGateway();
  const outbox = openOutbox();
  await appendTo(outbox, 5);
  const uplink = await startUplink(outbox, port);
  await uplink.idle(patience());
  gateway.held.splice(2);
  await appendTo(outbox, 1);
  await until(() => uplink.lastRefusal === "EVENT_SEQUENCE_GAP");
  await pause(1_500);
  expect(outbox.depth).toBe(1);
  expect(gateway.publishedCount).toBeLessThan(9);
  expect(logged.filter((event) => event === "uplink.refused")).toHaveLength(1);
});

test("a gateway that goes on asking for what it had receipted is sent it again", async () => {
  const { gateway, port } = await startGateway();
  const outbox = openOutbox();
  await appendTo(outbox, 5);
  const uplink = await startUplink(outbox, port);
  await uplink.idle(patience());
  gateway.held.splice(2);
  await appendTo(outbox, 1);
  await uplink.idle(patience());
  expect(gateway.held).toHaveLength(6);
  expect(logged.filter((event) => event === "uplink.taken-back")).toHaveLength(1);
});

test("a refusal for good keeps the events and does not flood the gateway", async () => {
  const { gateway, port } = await startGateway();
  gateway.answering = (answer) => {
    if (answer.kind === "refusal") return [answer];
    const { event, at } = answer.receipt;
    const refusal = { ...{ v: 1 as const, device, event, at }, code: "EVENT_DEVICE_UNKNOWN" };
    return [{ kind: "refusal", refusal: { ...refusal, expected: 1 } }];
  };
  const outbox = openOutbox();
  await appendTo(outbox, 5);
  const uplink = await startUplink(outbox, port);
  await until(() => uplink.counts.refused >= 5);
  await pause(1_500);
  expect(uplink.lastRefusal).toBe("EVENT_DEVICE_UNKNOWN");
  expect([outbox.depth, gateway.publishedCount]).toEqual([5, 5]);
});

test("no more than the limit is on its way at once", async () => {
  const { gateway, port } = await startGateway();
  gateway.answering = () => [];
  const outbox = openOutbox();
  await appendTo(outbox, 100);
  await startUplink(outbox, port);
  await until(() => gateway.held.length === 64);
  await pause(500);
  expect(gateway.publishedCount).toBe(64);
});

test("a box that the broker does not know yet asks again until it does", async () => {
  let isKnown = false;
  const { port } = await startGateway({
    authenticate: (_client, _name, _password, done) => {
      const refusal = Object.assign(new Error("unknown"), { returnCode: 5 });
      if (isKnown) done(null, true);
      else done(refusal as Parameters<typeof done>[0], false);
    },
  });
  const outbox = openOutbox();
  await appendTo(outbox, 2);
  const uplink = await startUplink(outbox, port);
  await until(() => logged.filter((event) => event === "uplink.error").length >= 2);
  isKnown = true;
  await uplink.idle(patience());
});

test("a box whose subscription is refused publishes nothing and asks again", async () => {
  let isAllowed = false;
  const { gateway, port } = await startGateway({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, isAllowed ? subscription : null),
  });
  const outbox = openOutbox();
  await appendTo(outbox, 2);
  const uplink = await startUplink(outbox, port);
  await until(() => logged.filter((event) => event === "uplink.subscribe-refused").length >= 2);
  expect(gateway.publishedCount).toBe(0);
  isAllowed = true;
  await uplink.idle(patience());
});

test("waiting for an empty outbox ends with the signal's reason", async () => {
  const outbox = openOutbox();
  await appendTo(outbox, 1);
  const uplink = await startUplink(outbox, 9); // The discard port: nobody is there.
  const stop = new AbortController();
  const waiting = uplink.idle(stop.signal).catch((reason: unknown) => reason);
  stop.abort("stopped");
  expect(await waiting).toBe("stopped");
});

test("whatever receipts come in whatever order, an outbox only forgets a true prefix", async () => {
  const receipts = fc.array(fc.record({ sequence: fc.nat(8), isTrue: fc.boolean() }));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), receipts, async (count, answers) => {
      using outbox = new Outbox({
        path: join(folder, `fold-${run++}.db`),
        ...{ device, privateKey: key.privateKey, wall: () => 0 as WallMs },
        clockQuality: () => "synced",
      });
      await appendTo(outbox, count);
      const made = outbox.pending(1, 10);
      let expected = 0;
      for (const { sequence, isTrue } of answers) {
        const event = isTrue ? made[sequence - 1]?.digest : undefined;
        const at = 0 as WallMs;
        const digest = event ?? digestOf("forged");
        const receipt: Receipt = {
          ...{ v: 1, device, sequence, event: digest, index: 1, entry: digest, at },
        };
        try {
          outbox.forget(receipt);
        } catch {
          // Counted by the uplink; here only what remains matters.
        }
        if (event) expected = Math.max(expected, sequence);
      }
      expect(outbox.receiptedSequence).toBe(expected);
      expect(outbox.pending(1, 10)).toEqual(made.slice(expected));
    }),
    { numRuns: 40 },
  );
});

test("killed while appending and delivering, again and again, it loses and doubles nothing", async () => {
  const { gateway, port } = await startGateway();
  const source = new URL("./uplink-child.ts", import.meta.url);
  using scripts = new BundledScripts(source);
  const script = scripts.at(source);
  const path = join(folder, "outbox.db");
  const promised = new Map<number, string>();
  for (let round = 0; round < 10; round++) {
    const child = spawn(process.execPath, [script, path, `mqtt://127.0.0.1:${port}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    const heldBefore = gateway.held.length;
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      // Some rounds end before the first delivery, most in the midst of many.
      if (gateway.held.length >= heldBefore + 13 * (round % 4)) child.kill("SIGKILL");
    });
    await once(child, "close");
    for (const line of text.split("\n").slice(0, -1)) {
      const [sequence, digest] = line.split(" ");
      expect(promised.has(Number(sequence))).toBe(false);
      promised.set(Number(sequence), digest ?? "");
    }
  }
  const outbox = openOutbox();
  const uplink = await startUplink(outbox, port);
  await uplink.idle(patience());
  expect(gateway.held).toHaveLength(outbox.lastSequence);
  for (const [sequence, digest] of promised) expect(gateway.held[sequence - 1]).toBe(digest);
  for (const [, bytes] of gateway.seen) expect(bytes.size).toBe(1);
  expect(gateway.held.length).toBeGreaterThan(100);
});
