import { request } from "node:http";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { relyingPartyAt } from "#gateway/sign-in/relying-party.ts";
import { systemClock } from "#runtime/clock.ts";
import { SoftPasskey } from "#test/support/soft-passkey.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { office } from "#test/support/staff-office.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

type Place = Awaited<ReturnType<typeof office>>;
const refusedIn = (bodies: readonly EventBody[]) =>
  bodies.flatMap((body) => (body.type === "sign-in.refused" ? [`${body.what} ${body.code}`] : []));

/** Waits until the ledger holds so many refusals of a kind. */
async function recorded({ audit }: Place, what: string, count: number): Promise<void> {
  const found = async () => refusedIn(await audit()).filter((one) => one === what).length;
  await expect.poll(found).toBeGreaterThanOrEqual(count);
}

test("an answer of a passkey is taken once, for its own question, by its own owner, from our own page", async () => {
  await using place = await office();
  const { client: victim } = await place.member({ role: "auditor", sites: null });
  const { client: other, id } = await place.member({ role: "auditor", sites: null });
  const signIn = async (ticket: string, response: unknown) =>
    (await new StaffClient(place.pageUrl).post("/api/staff/sign-in", { ticket, response })).body;
  const refused = { code: "SIGN_IN_REFUSED" };
  const first = await victim.challenge();
  const answer = victim.passkey.get(first.options as never);
  expect(await signIn(first.ticket, answer)).toHaveProperty("csrf");
  expect(await signIn(first.ticket, answer)).toMatchObject(refused); // Replayed as it was.
  const second = await victim.challenge();
  expect(await signIn(second.ticket, answer)).toMatchObject(refused); // To another question.
  const lies: readonly [string, (asked: never) => unknown][] = [
    ["a counter that stands still", (asked) => victim.passkey.get(asked, { counter: 1 })],
    ["a counter that goes back", (asked) => victim.passkey.get(asked, { counter: 0 })],
    [
      "nobody was asked to prove themselves",
      (asked) => victim.passkey.get(asked, { counter: 90, flags: 1 }),
    ],
    ["nobody touched it", (asked) => victim.passkey.get(asked, { counter: 91, flags: 4 })],
    [
      "somebody else's name",
      (asked) => {
        const userHandle = Buffer.from(id).toString("base64url");
        return victim.passkey.get(asked, { counter: 92, userHandle });
      },
    ],
    [
      "another page's origin",
      (asked) => victim.passkey.get(asked, { counter: 93, origin: "http://localhost:1" }),
    ],
    [
      "another place's passkey",
      (asked) =>
        victim.passkey.get({ ...(asked as object), rpId: "evil.example" } as never, {
          counter: 94,
        }),
    ],
    ["a key that nobody knows", (asked) => new SoftPasskey(place.pageUrl).get(asked)],
  ];
  for (const [name, lie] of lies) {
    const { ticket, options } = await victim.challenge();
    expect(await signIn(ticket, lie(options as never)), name).toMatchObject(refused);
  }
  await recorded(place, "passkey SIGN_IN_REFUSED", lies.length + 2);
  // The counter that was refused is not the one that is kept.
  expect((await victim.signIn({ counter: 2 })).status).toBe(200);
  expect((await other.signIn()).status).toBe(200);
});

test("no session is taken from a browser, and the one before a sign-in opens nothing after it", async () => {
  await using place = await office();
  const { client } = await place.member({ role: "auditor", sites: null });
  const name = client.cookie.split("=")[0];
  for (const planted of [
    "A".repeat(43),
    "x",
    "",
    "A".repeat(4_000),
    "../../etc/passwd",
    "' OR 1=1 --",
  ]) {
    const victim = new StaffClient(place.pageUrl);
    Object.assign(victim, {
      passkey: client.passkey,
      cookie: `${name}=${encodeURIComponent(planted)}`,
    });
    expect((await victim.send("/api/events")).status).toBe(401);
    expect((await victim.signIn()).status).toBe(200);
    expect(victim.cookie).toMatch(/^tebura-staff-\d+=[\w-]{43}$/);
    expect(victim.cookie).not.toContain("A".repeat(43));
  }
  // A session that somebody else opened and planted ends, rather than be shared.
  const { client: attacker } = await place.member({ role: "operator", sites: null });
  const planted = attacker.cookie;
  const victim = new StaffClient(place.pageUrl);
  Object.assign(victim, { passkey: client.passkey, cookie: planted });
  await victim.signIn();
  expect(victim.cookie).not.toBe(planted);
  attacker.cookie = planted;
  expect(await attacker.send("/metrics")).toMatchObject({ status: 401 });
});

test("what changes something is taken from our own pages only, with their token", async () => {
  await using place = await office();
  const { administrator } = place;
  const path = "/api/staff/accounts";
  const body = { name: "悪", grants: [{ role: "administrator", sites: null }] };
  const headers: readonly Record<string, string>[] = [
    { "x-tebura-csrf": "" },
    { "x-tebura-csrf": "A".repeat(43) },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:1", "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "none" },
  ];
  for (const lie of headers) {
    const answer = await administrator.post(path, body, lie);
    expect(answer, JSON.stringify(lie)).toMatchObject({
      status: 403,
      body: { code: "CROSS_SITE" },
    });
  }
  const entries = { shelter: "momonoki", details: { kana: "あ", birthDate: "2000-01-01" } };
  const desk = await administrator.post("/api/shelter/entries", entries, { "x-tebura-csrf": "" });
  expect(desk).toMatchObject({ status: 403, body: { code: "CROSS_SITE" } });
  const reading = await administrator.send("/api/events", {
    headers: { "sec-fetch-site": "same-site" },
  });
  expect(reading).toMatchObject({ status: 403, body: { code: "CROSS_SITE" } });
  await recorded(place, "request CROSS_SITE", headers.length + 2);
  expect((await administrator.send(path)).body["accounts"]).toHaveLength(1);
  const form = await administrator.post(path, "name=x", { "content-type": "text/plain" });
  expect(form).toMatchObject({ status: 400, body: { code: "USAGE" } });
  expect((await administrator.post(path, body)).status).toBe(200);
});

test("codes are not guessed: a few tries, then a wait, and the right one waits too", async () => {
  await using place = await office();
  const { body } = await place.administrator.post("/api/staff/accounts", {
    ...{ name: "人", grants: [{ role: "auditor", sites: null }] },
  });
  const code = body["code"] as string;
  const guesser = new StaffClient(place.pageUrl);
  const statuses: number[] = [];
  const last = (at: number) => "0123456789ABCDEFGHJK"[at]!;
  for (let i = 0; i < 15; i++) {
    const guess = `${code.slice(0, -1)}${last(i)}`;
    const claimed = { "x-forwarded-for": `10.0.0.${i}` }; // Nobody believes it: there is no proxy.
    const asked = guess === code ? "0000-0000-0000-0000-0000" : guess;
    statuses.push(
      (await guesser.post("/api/staff/begin/options", { code: asked }, claimed)).status,
    );
  }
  const tried = statuses.filter((status) => status === 401).length;
  expect(tried).toBeLessThanOrEqual(10);
  expect(tried).toBeGreaterThan(3);
  expect(statuses.at(-1)).toBe(429);
  const right = await guesser.post("/api/staff/begin/options", { code });
  expect(right).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
  expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
  await recorded(place, "code CODE_REFUSED", tried);
  expect(JSON.stringify(await place.audit())).not.toContain(code.slice(0, 9));
});

test("of two who use one code at once, one begins", async () => {
  await using place = await office();
  const { body } = await place.administrator.post("/api/staff/accounts", {
    ...{ name: "人", grants: [{ role: "auditor", sites: null }] },
  });
  const clients = [new StaffClient(place.pageUrl), new StaffClient(place.pageUrl)];
  const answers = await Promise.all(clients.map((client) => client.begin(body["code"] as string)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
});

test("bodies that are too large, deep or odd are refused, and the gateway goes on", async () => {
  await using place = await office();
  const { administrator } = place;
  const path = "/api/staff/begin/options";
  expect((await administrator.post(path, { code: "x".repeat(100_000) })).status).toBe(413);
  const odd = [
    "",
    "{",
    "[]",
    "null",
    '{"code":1}',
    '{"code":"x","__proto__":{"a":1}}',
    `${"[".repeat(30_000)}`,
  ];
  for (const text of odd) {
    const { status, body } = await administrator.post(path, text);
    expect([status, body["code"]], text.slice(0, 20)).toEqual([400, "USAGE"]);
  }
  const huge = { ticket: "x", response: { id: "A".repeat(20_000) } };
  expect((await administrator.post("/api/staff/sign-in", huge)).status).toBe(400);
  const large = { shelter: "momonoki", details: { kana: "あ".repeat(50_000) } };
  expect((await administrator.post("/api/shelter/entries", large)).status).toBe(413);
  expect((await administrator.send("/api/staff/me")).status).toBe(200);
});

test("an open stream ends when its reader signs out", async () => {
  await using place = await office();
  const { client } = await place.member({ role: "auditor", sites: null });
  const stream = await fetch(`${place.pageUrl}/api/events/stream`, {
    headers: { cookie: client.cookie },
  });
  expect(stream.status).toBe(200);
  const reading = stream.text(); // Resolves when the gateway ends it.
  await client.post("/api/staff/sign-out", {});
  expect(await reading).toContain("event: hello");
});

test.each([
  ["https://tebura.example.jp", { id: "tebura.example.jp", isSecure: true }],
  ["https://tebura.example.jp:8443", { origin: "https://tebura.example.jp:8443" }],
  [undefined, { id: "localhost", origin: "http://localhost:8080", isSecure: false }],
  ["http://localhost:9000", { origin: "http://localhost:9000" }],
])("passkeys work at %s", (url, expected) => {
  expect(relyingPartyAt(url, 8_080)).toMatchObject(expected);
});

test.each([
  "http://tebura.example.jp",
  "https://192.168.1.7",
  "https://[::1]",
  "https://a.jp/x",
  "https://a.jp/?x",
])("no browser has passkeys at %s, and the start says so", (url) => {
  expect(() => relyingPartyAt(url, 8_080)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});

test("at another address than the one of the passkeys the sign-in says which one it is", async () => {
  await using place = await office();
  const { port } = new URL(place.pageUrl);
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = {
      host: "evil.example",
      origin: "http://evil.example",
      "content-type": "application/json",
    };
    const path = "/api/staff/sign-in/options";
    const asking = request(
      { host: "127.0.0.1", port, path, method: "POST", headers },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asking.on("error", reject);
    asking.end("{}");
  });
  expect(answer.status).toBe(421);
  expect(JSON.parse(answer.text)).toMatchObject({ code: "SIGN_IN_ADDRESS" });
  expect(answer.text).toContain(place.pageUrl);
});

test("behind a proxy the cookie is bound to host and TLS, and callers are told apart by what it says", async () => {
  using folder = temporaryFolder();
  const publicUrl = "https://tebura.example.jp";
  await using running = await startGateway(
    ...[folder.path, "Asia/Tokyo", 0, systemClock, false, undefined, { publicUrl }],
  );
  expect(running.pageUrl).toBe(publicUrl);
  const client = new StaffClient(publicUrl, "staff", running.httpUrl);
  const begun = await client.begin(running.firstStart!.code, "木村");
  expect(begun.status).toBe(200);
  const cookie = begun.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^__Host-tebura-staff=[\w-]{43}; /);
  for (const flag of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) {
    expect(cookie).toContain(flag);
  }
  expect(cookie).not.toContain("Domain");
  expect(begun.headers.get("strict-transport-security")).toContain("max-age=");
  const from = (address: string) => ({ "x-forwarded-for": `6.6.6.6, ${address}` });
  const wrong = { code: "0000-0000-0000-0000-0000" };
  const path = "/api/staff/begin/options";
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    statuses.push((await client.post(path, wrong, from("10.0.0.1"))).status);
  }
  expect(statuses.at(-1)).toBe(429);
  expect((await client.post(path, wrong, from("10.0.0.2"))).status).toBe(401);
});
