import { connect as connectPlainly } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectPassword } from "#contract/connect.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { systemClock } from "#runtime/clock.ts";
import { freshKeyPair } from "#runtime/key-file.ts";
import { joinedMember, type MemberUnderTest } from "#test/support/fleet.ts";
import { connectPacket } from "#test/support/mqtt-packets.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startSecureGateway>>;
let honest: MemberUnderTest;
let other: MemberUnderTest;
beforeEach(async () => {
  folder = temporaryFolder();
  running = await startSecureGateway(`${folder.path}/gateway`);
  honest = await joinedMember(running, folder.path, "bus-1");
  other = await joinedMember(running, folder.path, "bus-2");
  await honest.device.connect(running.mqttUrl, honest.membership.credentials);
});
afterEach(async () => {
  await honest[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const brokerPort = () => Number(new URL(running.mqttUrl).port);

/** What becomes of a client that signs in as `bus-1` over TLS with these credentials. */
async function fateOf(tls: ConnectionOptions): Promise<"welcome" | "refused"> {
  const { device } = honest;
  const password = await connectPassword(device.id, device.key.privateKey);
  const { ca } = honest.membership.credentials;
  const socket = connect({ host: "127.0.0.1", port: brokerPort(), ca, ...tls });
  socket.write(connectPacket(device.id, password));
  const fate = await new Promise<"welcome" | "refused">((resolve) => {
    // CONNACK with return code 0 (MQTT 3.1.1 section 3.2.2.3).
    socket.once("data", (bytes) => resolve(bytes[3] === 0 ? "welcome" : "refused"));
    socket.once("close", () => resolve("refused"));
    socket.on("error", () => {}); // To be cut off is what most of these are about.
  });
  socket.destroy();
  return fate;
}

async function stillDelivers(): Promise<void> {
  const { device, membership } = honest;
  await device.publish(await device.next());
  expect(await device.answer(membership.gatewayKey)).toMatchObject({ receipt: {} });
}

/** Key and certificate for bus-1 of an authority with the same name and another key. */
function forged(): ConnectionOptions {
  const path = (name: string) => `${folder.path}/forger/${name}`;
  const files = { authorityKey: path("key"), authorityCertificate: path("crt") };
  const forger = new DeviceAuthority(files, systemClock);
  const { privateKey, publicKey } = freshKeyPair("p256");
  const { pem } = forger.certifyDevice(honest.device.id, publicKey);
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, cert: pem + forger.certificate };
}

test("the right key and certificate are welcome; a password alone, or with another's, is not", async () => {
  const own = honest.membership.credentials;
  expect(await fateOf({})).toBe("refused");
  expect(await fateOf(forged())).toBe("refused");
  expect(await fateOf(other.membership.credentials)).toBe("refused");
  const server = running.gateway.fleet.authority.certifyServer(["bus-1"]);
  expect(await fateOf({ key: server.key, cert: server.pem })).toBe("refused");
  await stillDelivers();
  expect(await fateOf({ key: own.key, cert: own.cert })).toBe("welcome");
});

test("a certificate that has run out is refused, though its key is the right one", async () => {
  const long = 120 * 86_400_000;
  const past = { ...systemClock, wall: () => (systemClock.wall() - long) as never };
  const path = (name: string) => `${folder.path}/gateway/${name}`;
  const files = {
    authorityKey: path("authority.key"),
    authorityCertificate: path("authority.crt"),
  };
  const { publicKey } = honest.membership.tlsKey;
  const { pem } = new DeviceAuthority(files, past).certifyDevice(honest.device.id, publicKey);
  expect(await fateOf({ key: honest.membership.credentials.key, cert: pem })).toBe("refused");
  await stillDelivers();
});

test("strangers who never finish a handshake harm nobody, nor do those who speak plainly", async () => {
  const sockets = Array.from({ length: 60 }, (_, i) => {
    const socket = connectPlainly(brokerPort(), "127.0.0.1");
    socket.on("error", () => {});
    // Half say nothing, half speak MQTT where TLS is spoken.
    if (i % 2 === 0) socket.write(connectPacket("bus-1", "rubbish"));
    return socket;
  });
  for (let i = 0; i < 5; i++) await stillDelivers();
  for (const socket of sockets) socket.destroy();
});
