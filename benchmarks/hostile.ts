import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { systemClock } from "#runtime/clock.ts";
import { startSecureGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { credentialsOf } from "#test/support/fleet.ts";
import type { AttackOrder } from "./hostile/attack.ts";

const events = 400;
const pauseMs = 10;

/** How long an honest box waits for its receipts before and during an attack on the broker and the page. */
export async function run({ json }: { json: boolean }): Promise<void> {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(folder.path);
  const { gateway, mqttUrl } = running;
  const [honest, flooder, stalled] = [1, 2, 3].map((seed) => new TestDevice(`box-${seed}`, seed));
  for (const { id, key } of [honest!, flooder!, stalled!]) {
    gateway.registerDevice(id, key.publicKey);
  }
  const tlsOf = (device: TestDevice) => credentialsOf(folder.path, device.id);
  await honest!.connect(mqttUrl, tlsOf(honest!));
  await waits(honest!, gateway.publicKey); // Warms up.
  const before = await waits(honest!, gateway.publicKey);
  const order: AttackOrder = {
    port: Number(new URL(mqttUrl).port),
    httpPort: Number(new URL(running.httpUrl).port),
    flooder: { id: flooder!.id, seed: 2, tls: tlsOf(flooder!) },
    stalled: { id: stalled!.id, seed: 3, tls: tlsOf(stalled!) },
  };
  const script = fileURLToPath(new URL("./hostile/attack.ts", import.meta.url));
  const attack = fork(script, [JSON.stringify(order)], { execArgv: ["--import", "tsx"] });
  await systemClock.sleep(2_000, new AbortController().signal);
  const during = await waits(honest!, gateway.publicKey);
  attack.send("end");
  await once(attack, "exit");
  const { refused, dropped } = gateway.ingest.counts;
  const delivered = gateway.ledger.head(honest!.id).sequence === honest!.sequence;
  const result = { before, during, delivered, attack: { refused, dropped } };
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
  await honest![Symbol.asyncDispose]();
}

async function waits(device: TestDevice, key: Parameters<TestDevice["answer"]>[0]) {
  const times: number[] = [];
  for (let i = 0; i < events; i++) {
    const event = await device.next();
    const from = systemClock.monotonic();
    await device.publish(event);
    await device.answer(key);
    times.push(systemClock.monotonic() - from);
    await systemClock.sleep(pauseMs, new AbortController().signal);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(times.length * share)] ?? 0).toFixed(1));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
