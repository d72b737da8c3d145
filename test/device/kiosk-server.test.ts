import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { errorCodeOf } from "#contract/errors.ts";
import { kioskLimits } from "#device/kiosk/connection.ts";
import { KioskUnderTest } from "#test/support/kiosk-under-test.ts";

const protocol = "tebura.kiosk.1";
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
let kiosk: KioskUnderTest;
let host: string;
beforeEach(async () => {
  kiosk = new KioskUnderTest();
  await kiosk.server.start();
  host = `127.0.0.1:${kiosk.server.port}`;
});
afterEach(async () => await kiosk[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Plain HTTP, because fetch would not let a test name another Host. */
async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port: kiosk.server.port, path, headers },
      (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        );
      },
    );
    asked.on("error", reject).end();
  });
}

async function token(): Promise<string> {
  return JSON.parse((await get("/session")).text).token;
}

/** Connects; resolves with the socket, or with the status of the refusal. */
async function connect(
  words: string[],
  options: ClientOptions,
  onMessage = (_text: string) => {},
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://${host}/socket`, words, options);
  // From the start: the first message may come with the answer to the request.
  socket.on("message", (data) => onMessage(String(data)));
  return await new Promise((resolve) => {
    socket.on("open", () => resolve(socket));
    socket.on("unexpected-response", (_, answer) => resolve(answer.statusCode ?? 0));
    socket.on("error", () => {});
  });
}

async function page() {
  const messages: { kind: string }[] = [];
  const own = { origin: `http://${host}` };
  const socket = await connect([protocol, await token()], own, (text) =>
    messages.push(JSON.parse(text)),
  );
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  return { socket, messages, closed, kinds: () => messages.map(({ kind }) => kind) };
}

test("serves its own few files, with a strict policy, and nothing else", async () => {
  const index = await get("/");
  expect(index.status).toBe(200);
  expect(index.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(index.headers["content-security-policy"]).not.toContain("unsafe");
  expect(index.text).not.toMatch(/<script(?![^>]*src=)|\son\w+=|\sstyle=/);
  for (const [, path] of index.text.matchAll(/(?:src|href)="([\w.]+)"/g)) {
    expect((await get(`/${path}`)).status, path).toBe(200);
  }
  for (const path of ["/../server.ts", "/server.ts", "/%2e%2e/server.ts", "/page", "/socket"]) {
    expect((await get(path)).status, path).toBe(404);
  }
});

test.each([
  { name: "another site", headers: { origin: "http://evil.example" } },
  { name: "another site by fetch metadata", headers: { "sec-fetch-site": "cross-site" } },
  { name: "a name that was rebound to this address", headers: { host: "evil.example" } },
  { name: "another port of this machine", headers: { origin: "http://127.0.0.1:1" } },
])("the token is not for $name", async ({ headers }) => {
  const answer = await get("/session", headers);
  expect(answer.status).toBe(403);
  expect(answer.text).not.toContain("token");
  expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
});

test("a socket needs our origin and the token", async () => {
  const own = { origin: `http://${host}` };
  const words = [protocol, await token()];
  expect(await connect(words, { origin: "http://evil.example" })).toBe(403);
  expect(await connect(words, {})).toBe(403);
  expect(await connect(words, { ...own, headers: { host: "evil.example" } })).toBe(403);
  expect(await connect([protocol, "A".repeat(32)], own)).toBe(403);
  expect(await connect([protocol], own)).toBe(403);
  expect(await connect([await token()], own)).toBe(403);
  expect(kiosk.listeners).toBe(0);
});

test("pictures are handed on and acknowledged; what is none is refused, acknowledged and bounded", async () => {
  const { socket, messages, kinds, closed } = await page();
  socket.send(jpeg);
  await expect.poll(() => kinds()).toContain("frame-taken");
  expect(kiosk.frames).toHaveLength(1);
  expect(messages[0]).toEqual({ kind: "state", status: kiosk.status });
  for (let i = 0; i <= kioskLimits.badMessagesMax; i++) socket.send(Buffer.from("no jpeg"));
  expect(await closed).toBe(1_008);
  expect(kiosk.frames).toHaveLength(1);
  await expect.poll(() => kiosk.pagesLeft).toBe(1);
});

test("a flood of pictures is cut to the rate, and an oversized one ends the connection", async () => {
  const flood = await page();
  for (let i = 0; i < 45; i++) flood.socket.send(jpeg);
  await expect.poll(() => flood.kinds().filter((kind) => kind === "frame-taken").length).toBe(45);
  expect(kiosk.frames.length).toBeLessThanOrEqual(kioskLimits.framesPerSecondMax + 10);
  flood.socket.send(Buffer.alloc(kioskLimits.jpegBytesMax + 1, 0xff));
  expect(await flood.closed).toBe(1_009);
});

test("enrols with a name and a consent, one at a time, and not otherwise", async () => {
  const { socket, messages } = await page();
  for (const bad of [
    "{",
    JSON.stringify({ kind: "enrol", name: "Hana" }),
    JSON.stringify({ kind: "enrol", name: "Hana", consent: false }),
    JSON.stringify({ kind: "enrol", name: "", consent: true }),
    JSON.stringify({ kind: "enrol", name: "x".repeat(81), consent: true }),
    JSON.stringify({ kind: "enrol", name: "Hana", consent: true, admin: true }),
    JSON.stringify({ kind: "open-the-door" }),
  ]) {
    socket.send(bad);
  }
  socket.send(JSON.stringify({ kind: "enrol", name: "花子", consent: true }));
  await expect.poll(() => messages.at(-1)).toEqual({ kind: "enrolled", ok: true, renewed: false });
  expect(kiosk.requests).toEqual([{ name: "花子", consent: true }]);
});

test("a sitting ends when the page cancels it or goes", async () => {
  const aborted = (signal: AbortSignal) =>
    new Promise<{ ok: false; code: "STOPPED"; message: string }>((resolve) => {
      const result = { ok: false, code: "STOPPED", message: "cancelled" } as const;
      signal.addEventListener("abort", () => resolve(result));
    });
  kiosk.enrol = aborted;
  const { socket, messages } = await page();
  socket.send(JSON.stringify({ kind: "enrol", name: "Taro", consent: true }));
  socket.send(JSON.stringify({ kind: "enrol-cancel" }));
  await expect.poll(() => messages.at(-1)).toMatchObject({ kind: "enrolled", code: "STOPPED" });
  let ended = false;
  kiosk.enrol = async (signal) => {
    const result = await aborted(signal);
    ended = true;
    return result;
  };
  socket.send(JSON.stringify({ kind: "enrol", name: "Taro", consent: true }));
  await expect.poll(() => kiosk.requests.length).toBe(2);
  socket.close();
  await expect.poll(() => ended).toBe(true);
  expect(kiosk.listeners).toBe(0);
});

test("a newer page takes over from an older one", async () => {
  const first = await page();
  const second = await page();
  expect(await first.closed).toBe(4_000);
  expect(first.kinds()).toContain("replaced");
  kiosk.say({ kind: "faces", boxes: [] });
  await expect.poll(() => second.kinds()).toContain("faces");
});

test("a change of the appliance's state is told", async () => {
  const { messages } = await page();
  kiosk.status = { ...kiosk.status, source: "covered", online: false };
  await expect
    .poll(() => messages.at(-1), { timeout: 60_000 })
    .toEqual({ kind: "state", status: kiosk.status });
});

test("a port in use is PORT_IN_USE", async () => {
  await using second = new KioskUnderTest(kiosk.server.port);
  const error = await second.server.start().catch((thrown: unknown) => thrown);
  expect(errorCodeOf(error)).toBe("PORT_IN_USE");
});
