import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { stepUpRules, temporaryFolder } from "./gateway-under-test.ts";
import { startedBody, TestDevice } from "./test-device.ts";

const mosquitto = "/usr/sbin/mosquitto";
const isThere = existsSync(mosquitto);
const title = (text: string) => (isThere ? text : `${text} (skipped: needs mosquitto)`);
let broker: ChildProcess | undefined;

afterEach(async () => {
  if (!broker || broker.exitCode !== null) return;
  const closed = once(broker, "close");
  broker.kill("SIGTERM");
  await closed;
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}

/** A real Mosquitto on loopback, open to everybody: what it lets through is the gateway's to verify. */
async function startMosquitto(folder: string, port: number): Promise<void> {
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  broker = spawn(mosquitto, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  for await (const chunk of broker.stderr as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes("running")) return;
  }
  throw new Error(`mosquitto did not start: ${text}`);
}

function openGateway(folder: string, port: number): Gateway {
  return new Gateway(
    {
      dataDir: join(folder, "gateway"),
      host: "127.0.0.1",
      httpPort: 0,
      mqtt: { kind: "external", url: `mqtt://127.0.0.1:${port}` },
      timeZone: "Asia/Tokyo",
      stepUp: stepUpRules,
    },
    { clock: systemClock, log: silentLog },
  );
}

test(
  title("through Mosquitto an event is receipted, and a stranger's is not"),
  async ({ skip }) => {
    if (!isThere) skip();
    using folder = temporaryFolder();
    const port = await freePort();
    await startMosquitto(folder.path, port);
    await using gateway = openGateway(folder.path, port);
    await gateway.start(new AbortController().signal);
    await using device = new TestDevice("box-01", 1);
    await using stranger = new TestDevice("box-02", 2);
    gateway.registerDevice(device.id, device.key.publicKey);
    await device.connect(`mqtt://127.0.0.1:${port}`);
    await stranger.connect(`mqtt://127.0.0.1:${port}`);
    await stranger.publish(await stranger.next(startedBody));
    await device.publish(await device.next(startedBody));
    const answer = await device.answer(gateway.publicKey);
    expect(answer).toMatchObject({ kind: "receipt", receipt: { sequence: 1, index: 1 } });
    expect(gateway.ledger.count).toBe(1);
    expect(gateway.quarantine.list(10)).toMatchObject([
      { device: "box-02", code: "EVENT_DEVICE_UNKNOWN" },
    ]);
  },
);

test("a broker that is not there is a clear error", async () => {
  using folder = temporaryFolder();
  await using gateway = openGateway(folder.path, await freePort());
  await expect(gateway.start(new AbortController().signal)).rejects.toMatchObject({
    code: "BROKER_UNREACHABLE",
  });
});
