import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "#runtime/clock.ts";
import { usualBounds } from "#runtime/http-bounds.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

/** The usual ones, sooner and fewer, so that a test need not wait for them. */
const bounds = {
  ...usualBounds,
  ...{ connectionsPerAddressMax: 12, connectionsPerAddressPerSecond: 40 },
  ...{ headerMsMax: 400, requestMsMax: 800, silenceMsMax: 500 },
};

const folder = temporaryFolder();
let running: Awaited<ReturnType<typeof startGateway>>;
let honest: TestDevice;
beforeAll(async () => {
  running = await startGateway(folder.path, "Asia/Tokyo", 0, systemClock, false, bounds);
  honest = new TestDevice("box-1", 1);
  running.gateway.registerDevice(honest.id, honest.key.publicKey);
  await honest.connect(running.mqttUrl);
});
afterAll(async () => {
  await honest[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** A raw connection to the page's port, what it was told, and when it was closed. */
function knock(bytes: string) {
  const socket = connect(Number(new URL(running.httpUrl).port), "127.0.0.1");
  const heard: Buffer[] = [];
  socket.on("data", (data) => heard.push(data));
  socket.on("error", () => {}); // To be cut off is what these connections are for.
  if (bytes !== "") socket.write(bytes);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, closed, text: () => Buffer.concat(heard).toString("latin1") };
}

/** The page still answers, and a box's event is still receipted. */
async function othersAreServed(): Promise<void> {
  const answer = await fetch(`${running.httpUrl}/healthz`, { headers: { connection: "close" } });
  expect(answer.status).toBe(200);
  await honest.publish(await honest.next());
  const { receipt } = (await honest.answer(running.gateway.publicKey)) as {
    receipt: { sequence: number };
  };
  expect(receipt.sequence).toBe(honest.sequence);
}

test.each([
  { name: "a header that never ends", bytes: "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: " },
  { name: "nothing but a greeting that never comes", bytes: "" },
  {
    name: "a body that never comes",
    bytes: "POST /api/places HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
  },
])("$name is cut off, and the others are served", async ({ bytes }) => {
  const { closed, socket } = knock(bytes);
  await othersAreServed();
  await closed;
  expect(socket.destroyed).toBe(true);
});

test.each([
  { name: "bytes that are no HTTP", bytes: "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", status: 400 },
  {
    name: "a header that is too large",
    bytes: `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
    status: 431,
  },
  {
    name: "two lengths for one body, which a proxy might read otherwise",
    bytes:
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 400,
  },
  { name: "no host", bytes: "GET /healthz HTTP/1.1\r\n\r\n", status: 400 },
])("$name is answered $status and closed", async ({ bytes, status }) => {
  const { closed, text } = knock(bytes);
  await closed;
  expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await othersAreServed();
});

test("a path that climbs out of the page's folder finds nothing", async () => {
  for (const path of ["/../config.ts", "/..%2f..%2fpackage.json", "//etc/passwd", "/%00"]) {
    const { closed, text } = knock(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 40[04] /);
  }
});

test("whoever opens many connections gets no more, and room again when they are closed", async () => {
  const held: Socket[] = [];
  const ended: Promise<void>[] = [];
  for (let i = 0; i < bounds.connectionsPerAddressMax * 3; i++) {
    const { socket, closed } = knock("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    held.push(socket);
    ended.push(closed);
  }
  await honest.publish(await honest.next());
  await honest.answer(running.gateway.publicKey);
  await systemClock.sleep(100, new AbortController().signal);
  const open = held.filter((socket) => !socket.destroyed).length;
  expect(open).toBeLessThanOrEqual(bounds.connectionsPerAddressMax);
  for (const socket of held) socket.destroy();
  await Promise.all(ended);
  await othersAreServed();
});

test("somebody who asks one thing after the other is told when to come again", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connections = new Set<number | undefined>();
  for (let i = 0; i < bounds.requestsPerConnectionMax * 2; i++) {
    const asked = request(`${running.httpUrl}/healthz`, { agent });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    connections.add(answer.socket.localPort);
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await once(answer, "end");
  }
  agent.destroy();
  expect(connections.size).toBe(2);
});

test("one connection is answered so often, and has to come again", async () => {
  const { closed, text } = knock("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000));
  await closed;
  const answered = text().split("HTTP/1.1 200 ").length - 1;
  expect(answered).toBeLessThanOrEqual(bounds.requestsPerConnectionMax);
  await othersAreServed();
});

test("a reader that asks for ever more and reads nothing is cut off", async () => {
  const asked = 20_000;
  const { socket, closed, text } = knock("");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(asked));
  await systemClock.sleep(bounds.silenceMsMax * 4, new AbortController().signal);
  await othersAreServed();
  socket.resume();
  await closed;
  expect(text().split("HTTP/1.1 200 ").length - 1).toBeLessThan(asked);
});
