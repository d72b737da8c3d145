import { expect, test } from "vitest";
import { serviceNames } from "#contract/services.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

async function withEvents(folder: string, count: number) {
  const running = await startGateway(folder);
  const device = new TestDevice("box-1", 1);
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  for (let i = 0; i < count; i++) await device.publish(await device.next());
  await device.answer(running.gateway.publicKey);
  await running.gateway.ingest.settled();
  await device[Symbol.asyncDispose]();
  return running;
}

test("pages of events follow each other by cursor, without a gap and without a repeat", async () => {
  using folder = temporaryFolder();
  await using running = await withEvents(folder.path, 25);
  const seen: number[] = [];
  for (let after = 0; ; ) {
    const answer = await running.ask(`/api/events?after=${after}&limit=10`);
    const page = (await answer.json()) as { events: { index: number }[]; next: number };
    if (page.events.length === 0) break;
    seen.push(...page.events.map(({ index }) => index));
    after = page.next;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
});

test.each([
  { path: "/api/events?after=-1", status: 400, code: "USAGE" },
  { path: "/api/events?after=x", status: 400, code: "USAGE" },
  { path: "/api/events?limit=1001", status: 400, code: "USAGE" },
  { path: "/api/views/hotel.breakfast", status: 404, code: "SERVICE_UNKNOWN" },
  { path: "/api/nothing", status: 404, code: "USAGE" },
  { path: "/../package.json", status: 404, code: "USAGE" },
])("GET $path answers $status with code $code", async ({ path, status, code }) => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const answer = await running.ask(path);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ code, message: expect.any(String) });
});

test("every answer carries the security headers, the page runs nothing inline", async () => {
  using folder = temporaryFolder();
  await using running = await withEvents(folder.path, 1);
  const paths = [
    "/",
    "/healthz",
    "/metrics",
    "/api/devices",
    "/api/quarantine",
    "/api/ledger/verify",
  ];
  for (const path of [...paths, ...serviceNames.map((service) => `/api/views/${service}`)]) {
    const answer = await running.ask(path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("content-security-policy"), path).toContain("default-src 'none'");
    expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
  }
  const page = await (await fetch(`${running.httpUrl}/`)).text();
  expect(page).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=|https?:\/\/(?!www\.w3\.org)/);
});

test("the stream tells of an entry once it is on disk", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  await using device = new TestDevice("box-1", 1);
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  const stop = new AbortController();
  const stream = await running.ask("/api/events/stream", { signal: stop.signal });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended early");
      text += new TextDecoder().decode(value);
    }
  };
  await until("event: hello");
  await device.publish(await device.next());
  await until("event: entry");
  await until('"sequence":1');
  stop.abort();
});

test("a port that is taken is refused with PORT_IN_USE", async () => {
  using one = temporaryFolder();
  using two = temporaryFolder();
  await using running = await startGateway(one.path);
  const port = Number(new URL(running.mqttUrl).port);
  await expect(startGateway(two.path, "Asia/Tokyo", port)).rejects.toMatchObject({
    code: "PORT_IN_USE",
  });
});
