import { join } from "node:path";
import { expect, test } from "vitest";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { freePort } from "#test/support/free-port.ts";
import { hasMosquitto, startMosquitto } from "#test/support/mosquitto.ts";
import { stepUpRules, temporaryFolder } from "./gateway-under-test.ts";
import { startedBody, TestDevice } from "./test-device.ts";

const isThere = hasMosquitto;
const title = (text: string) => (isThere ? text : `${text} (skipped: needs mosquitto)`);
function openGateway(folder: string, port: number): Gateway {
  return new Gateway(
    {
      dataDir: join(folder, "gateway"),
      host: "127.0.0.1",
      httpPort: 0,
      mqtt: { kind: "external", url: `mqtt://127.0.0.1:${port}` },
      fleet: { port: 0, hosts: ["127.0.0.1"] },
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
    await using _broker = await startMosquitto(folder.path, port);
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
