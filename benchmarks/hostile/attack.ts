// Everything that a box which has turned bad, and strangers beside it, can do to a broker for a while:
// a flood of rubbish, connections without a right to one, rubbish from the first byte on, and a reader
// that never reads. Usage: attack.ts ORDER; runs until it is told to end.
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { connectPassword } from "#contract/connect.ts";
import { topicOf } from "#contract/topics.ts";
import type { TlsCredentials } from "#device/fleet/membership.ts";
import { systemClock } from "#runtime/clock.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { connectPacket, publishPacket, subscribePacket } from "#test/support/mqtt-packets.ts";

export interface AttackOrder {
  readonly port: number;
  /** The gateway's page and API. */
  readonly httpPort: number;
  readonly flooder: Member;
  readonly stalled: Member;
}

/** A box of the fleet that has turned bad: it has a certificate. */
interface Member {
  readonly id: string;
  readonly seed: number;
  readonly tls: TlsCredentials;
}

const { port, httpPort, flooder, stalled } = JSON.parse(process.argv[2] ?? "") as AttackOrder;
const end = new AbortController();
process.once("message", () => end.abort());
const { signal } = end;
const pause = (ms: number) => systemClock.sleep(ms, signal).catch(() => undefined);

/** Without credentials a stranger, who speaks plainly or shows no certificate. */
function open(tls?: TlsCredentials | "no certificate"): Socket {
  const host = "127.0.0.1";
  const stranger = { host, port, rejectUnauthorized: false };
  const socket =
    tls === undefined
      ? connect(port, host)
      : connectSecurely(tls === "no certificate" ? stranger : { host, port, ...tls });
  socket.on("error", () => {}); // To be cut off is the fate of an attacker.
  return socket;
}

async function openAs({ id, seed, tls }: Member): Promise<Socket> {
  const { key } = new TestDevice(id, seed);
  const socket = open(tls);
  socket.write(connectPacket(id, await connectPassword(id as never, key.privateKey)));
  return socket;
}

/** As fast as the gateway reads, and again from the start when it is cut off. */
async function flood(): Promise<void> {
  const packet = publishPacket(topicOf(flooder.id as never, "events"), "rubbish ".repeat(100));
  const many = Buffer.concat(Array.from({ length: 100 }, () => packet));
  while (!signal.aborted) {
    const socket = await openAs(flooder);
    socket.resume();
    while (!signal.aborted && !socket.destroyed) {
      if (socket.writableLength < 1_000_000) socket.write(many);
      await pause(1);
    }
    socket.destroy();
  }
}

async function stall(): Promise<void> {
  const device = new TestDevice(stalled.id, stalled.seed);
  const packet = publishPacket(topicOf(device.id, "events"), await device.next());
  const many = Buffer.concat(Array.from({ length: 100 }, () => packet));
  while (!signal.aborted) {
    const socket = await openAs(stalled);
    socket.write(subscribePacket(topicOf(device.id, "receipts")));
    socket.pause();
    while (!signal.aborted && !socket.destroyed) {
      if (socket.writableLength < 1_000_000) socket.write(many);
      await pause(5);
    }
    socket.destroy();
  }
}

async function knock(bytes: Buffer, tls?: "no certificate"): Promise<void> {
  while (!signal.aborted) {
    const socket = open(tls);
    socket.resume();
    socket.write(bytes);
    await pause(10);
    socket.destroy();
  }
}

/** Asks the page's port over and over on one connection, and reads as fast as it can. */
async function askWithoutEnd(): Promise<void> {
  const many = "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50);
  while (!signal.aborted) {
    const socket = connect(httpPort, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    while (!signal.aborted && !socket.destroyed) {
      if (socket.writableLength < 100_000) socket.write(many);
      await pause(5);
    }
    socket.destroy();
  }
}

/** Opens one connection after the other to the page's port, and finishes no request. */
async function leaveHalfOpen(): Promise<void> {
  const held: Socket[] = [];
  while (!signal.aborted) {
    const socket = connect(httpPort, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nX-Slow: ");
    held.push(socket);
    await pause(5);
  }
  for (const socket of held) socket.destroy();
}

await Promise.all([
  ...[askWithoutEnd(), leaveHalfOpen()],
  ...[flood(), stall(), knock(connectPacket("nobody", "no password"), "no certificate")],
  ...[knock(Buffer.from("GET / HTTP/1.1\r\n\r\n")), knock(Buffer.from([0x10, 0xff, 0xff, 0xff]))],
]);
process.disconnect();
