import { get } from "node:http";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pagePaths } from "#gateway/console/page-paths.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { firstAdministrator } from "#test/support/console-visit.ts";
import { StaffClient } from "#test/support/staff-client.ts";

const folder = temporaryFolder();
let running: Awaited<ReturnType<typeof startGateway>>;
let administrator: StaffClient;
beforeAll(async () => {
  running = await startGateway(folder.path);
  administrator = await firstAdministrator(running);
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The answer as it crosses the wire: `fetch` would unpack it. */
async function raw(path: string, encoding: string) {
  return await new Promise<{ headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      get(`${running.httpUrl}${path}`, { headers: { "accept-encoding": encoding } }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
      }).on("error", reject);
    },
  );
}

const assetsIn = (html: string) =>
  [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!);

test.each(Object.entries(pagePaths))(
  "%s answers at %s with the page and its security policy",
  async (_, path) => {
    const answer = await fetch(`${running.httpUrl}${path}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=|https?:\/\/(?!www\.w3\.org)/);
    expect(assetsIn(html).length).toBeGreaterThan(1);
  },
);

test("files have names of their content, are kept for good, and come packed once and for all", async () => {
  const html = await (await fetch(`${running.httpUrl}/`)).text();
  for (const path of assetsIn(html)) {
    const packed = await raw(path, "gzip, br");
    expect(packed.headers["cache-control"], path).toBe("public, max-age=31536000, immutable");
    expect(packed.headers["content-encoding"], path).toBe("br");
    const plain = await raw(path, "identity");
    expect(plain.headers["content-encoding"], path).toBeUndefined();
    expect(brotliDecompressSync(packed.body).equals(plain.body), path).toBe(true);
    expect((await raw(path, "gzip")).headers["content-encoding"], path).toBe("gzip");
  }
});

test.each(["/assets/", "/assets/../stamp", "/assets/%2e%2e/stamp", "/stamp", "/assets/none.js"])(
  "%s is no file of the console",
  async (path) => {
    expect((await fetch(`${running.httpUrl}${path}`)).status).toBe(404);
  },
);

test("the stream begins with hello, and is for nobody who has not signed in", async () => {
  expect((await fetch(`${running.httpUrl}/api/live`)).status).toBe(401);
  const stop = new AbortController();
  const stream = await fetch(`${running.pageUrl}/api/live`, {
    headers: { cookie: administrator.cookie },
    signal: stop.signal,
  });
  const { value } = await (stream.body as ReadableStream<Uint8Array>).getReader().read();
  expect(new TextDecoder().decode(value)).toMatch(/event: hello\ndata: \{.*"sees":"rows"/);
  stop.abort();
});

test("who may not read events is told that something happened, and not what", async () => {
  const grants = [{ role: "shelter", sites: ["momonoki"] }];
  const { body } = await administrator.post("/api/staff/accounts", { name: "人", grants });
  const clerk = new StaffClient(running.pageUrl);
  await clerk.begin(body["code"] as string);
  const stop = new AbortController();
  const stream = await fetch(`${running.pageUrl}/api/live`, {
    headers: { cookie: clerk.cookie },
    signal: stop.signal,
  });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended early");
      text += new TextDecoder().decode(value);
    }
  };
  await until('"sees":"pulse"');
  await running.gateway.desk.record({
    type: "shelter.site-set",
    shelter: "momonoki",
    label: "桃の木",
    capacity: 10,
    open: true,
  });
  await until("event: tick");
  expect(text).not.toContain("event: rows");
  stop.abort();
});

test("a proof comes with its keys, and what is not in the ledger has none", async () => {
  await running.gateway.desk.record({
    type: "shelter.site-set",
    shelter: "momonoki",
    label: "桃の木",
    capacity: 10,
    open: true,
  });
  const { count } = (await (await running.ask("/api/events?limit=1")).json()) as { count: number };
  const answer = await running.ask(`/api/ledger/proof?index=${count}`);
  expect(await answer.json()).toMatchObject({
    proof: { index: count },
    gatewayKey: expect.any(String),
    deviceKey: expect.any(String),
  });
  const named = await running.ask("/api/ledger/proof?device=gateway-desk&sequence=1");
  expect(named.status).toBe(200);
  const missing = await running.ask(`/api/ledger/proof?index=${count + 1_000}`);
  expect([missing.status, await missing.json()]).toEqual([
    404,
    expect.objectContaining({ code: "LEDGER_ENTRY_MISSING" }),
  ]);
  expect((await running.ask("/api/ledger/proof")).status).toBe(400);
});
