import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Validator } from "@seriousme/openapi-schema-validator";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import { ApiKeys, type Scope, scopes } from "#gateway/api/api-keys.ts";
import { authoriser } from "#gateway/api/authorise.ts";
import { mountedRoutes } from "#gateway/api/described.ts";
import { describeApi } from "#gateway/api/openapi.ts";
import { createPersonsRoutes } from "#gateway/api/persons-routes.ts";
import { registryOperations } from "#gateway/api/registry-operations.ts";
import type { ToForget } from "#gateway/evidence/forget-person.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { systemClock } from "#runtime/clock.ts";
import { RateLimiter } from "#runtime/rate-limit.ts";
import { runCommand } from "#test/support/run-command.ts";
import { hanako, registryUnderTest, taro } from "./persons-under-test.ts";

const now = Date.parse("2026-04-01T09:00:00+09:00") as WallMs;
const day = 86_400_000;

interface Shown {
  readonly batches?: readonly { readonly problems: readonly unknown[] }[];
}

/** Routes over a real registry, and a clock that the test moves. */
function routesUnderTest() {
  const under = registryUnderTest();
  const time = { wall: now as number, monotonic: 0 };
  const clock = {
    wall: () => time.wall as WallMs,
    monotonic: () => time.monotonic as MonotonicMs,
  };
  const logged: unknown[] = [];
  const apiKeys = new ApiKeys(personFiles(under.dir).apiKeys);
  const ports = {
    ...{ registry: under.registry, apiKeys, clock, timeZone: "Asia/Tokyo" },
    forgetter: {
      forget: async (whom: ToForget) => {
        const isKnown = "reference" in whom && under.registry.isKnown(whom.reference);
        if (isKnown) under.registry.forget(whom.reference);
        return { forgotten: isKnown, consents: [] };
      },
    },
    log: (event: string, fields?: object) => void logged.push({ event, ...fields }),
  };
  const app = createPersonsRoutes({ ...ports, guard: authoriser({ apiKeys, clock }) });
  const keyFor = (...wanted: readonly Scope[]) =>
    apiKeys.create({
      ...{ name: "school office", scopes: wanted, createdAt: now },
      expiresAt: (now + day) as WallMs,
    });
  return {
    ...{ ...under, app, apiKeys, time, keyFor, ports, logged },
    async post(path: string, body: unknown, key?: string) {
      const answer = await app.request(`/api/registry/${path}`, {
        method: "POST",
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        body: body instanceof Uint8Array || typeof body === "string" ? body : JSON.stringify(body),
      });
      return {
        status: answer.status,
        headers: answer.headers,
        body: (await answer.json()) as Shown,
      };
    },
    [Symbol.dispose]() {
      apiKeys[Symbol.dispose]();
      under[Symbol.dispose]();
    },
  };
}

let parts: ReturnType<typeof routesUnderTest>;
beforeEach(() => {
  parts = routesUnderTest();
});
afterEach(() => parts[Symbol.dispose]());

test("a key opens its own scopes and no others, and none opens without one", async () => {
  const body = { records: [hanako] };
  const { text } = parts.keyFor("persons:write");
  expect(await parts.post("persons", body)).toMatchObject({
    ...{ status: 401, body: { code: "API_KEY_MISSING" } },
  });
  for (const wrong of ["", "x", text.slice(0, -1), `${text}x`, text.replace(/.$/, "!")]) {
    const answer = await parts.post("persons", body, wrong);
    expect(answer).toMatchObject({ status: 401, body: { code: "API_KEY_INVALID" } });
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
  }
  expect(parts.registry.count).toBe(0);
  expect(await parts.post("persons", body, text)).toMatchObject({
    ...{ status: 200, body: { imported: true, batches: [{ added: 1 }] } },
  });
  const reading = {
    query: { by: "reference", reference: "R-0001" },
    fields: ["name"],
    why: "counter",
  };
  for (const [path, asked] of [
    ["persons/find", reading],
    ["guardians", { records: [] }],
    ["ties/entitlements", { reference: "R-0001", why: "counter" }],
  ] as const) {
    const answer = await parts.post(path, asked, text);
    expect(answer).toMatchObject({ status: 403, body: { code: "API_KEY_SCOPE" } });
  }
});

test("every operation is closed to a key that has every scope but its own", async () => {
  for (const { path, scope } of registryOperations(parts.ports)) {
    const { text } = parts.keyFor(...scopes.filter((one) => one !== scope));
    const answer = await parts.app.request(path, {
      ...{ method: "POST", headers: { authorization: `Bearer ${text}` }, body: "{}" },
    });
    expect([path, answer.status]).toEqual([path, 403]);
  }
});

test("a revoked or expired key opens nothing from that moment on", async () => {
  const { id, text } = parts.keyFor("persons:read");
  const { apiKeys, time } = parts;
  expect(apiKeys.check(text, (now + day - 1) as WallMs).kind).toBe("valid");
  expect(apiKeys.check(text, (now + day) as WallMs).kind).toBe("expired");
  using elsewhere = new ApiKeys(personFiles(parts.dir).apiKeys);
  elsewhere.revoke(id, now);
  const asked = { query: { by: "reference", reference: "R" }, fields: [], why: "counter" };
  expect(await parts.post("persons/find", asked, text)).toMatchObject({
    ...{
      status: 401,
      body: { code: "API_KEY_INVALID", message: expect.stringContaining("revoked") },
    },
  });
  time.wall = now + 2 * day;
  expect(apiKeys.list()).toMatchObject([{ id, revokedAt: now, lastUsedAt: now + day - 1 }]);
});

test("the text of a key lies in no file", () => {
  const { text } = parts.keyFor("persons:read");
  // The secret may hold an underscore, too: it is the last 43 signs, whatever they are.
  const secret = Buffer.from(text.slice(-43));
  for (const name of readdirSync(parts.dir).filter((file) => file.startsWith("api-keys"))) {
    expect(readFileSync(join(parts.dir, name)).includes(secret)).toBe(false);
  }
});

test("who asks too often is told when to come again, and holds nobody else up", async () => {
  const [busy, calm] = [parts.keyFor("persons:read").text, parts.keyFor("persons:read").text];
  const asked = { query: { by: "reference", reference: "R" }, fields: [], why: "counter" };
  const statuses = [];
  for (let i = 0; i < 61; i++)
    statuses.push((await parts.post("persons/find", asked, busy)).status);
  expect(statuses).toEqual([...Array(60).fill(200), 429]);
  const refused = await parts.post("persons/find", asked, busy);
  expect(refused.body).toMatchObject({ code: "RATE_LIMITED" });
  expect(refused.headers.get("retry-after")).toBe("1");
  expect((await parts.post("persons/find", asked, calm)).status).toBe(200);
  parts.time.monotonic += 1_000;
  expect((await parts.post("persons/find", asked, busy)).status).toBe(200);
  const guesses = [];
  for (let i = 0; i < 21; i++) guesses.push((await parts.post("persons/find", asked, "x")).status);
  expect(guesses).toEqual([...Array(20).fill(401), 429]);
  expect((await parts.post("persons/find", asked, calm)).status).toBe(200);
});

test("a limiter forgets the quietest of too many callers, and never grows past that", () => {
  const limiter = new RateLimiter(
    { burst: 1, perMinute: 60 },
    { monotonic: () => 0 as MonotonicMs },
  );
  expect(limiter.take("first")).toBe(0);
  expect(limiter.take("first")).toBe(1);
  for (let i = 0; i < 10_000; i++) limiter.take(`caller ${i}`);
  expect(limiter.take("first")).toBe(0);
  expect(limiter.take("caller 9999")).toBe(1);
});

test("what is read comes with its reason in the audit, and into no cache", async () => {
  const { id, text } = parts.keyFor("persons:read", "guardians:read");
  parts.put("persons", hanako);
  parts.put("persons", taro);
  parts.put("guardians", { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true });
  const query = { by: "name", name: "てぶら　はなこ", birthDate: hanako.birthDate };
  const asked = { query, fields: ["address"], why: "guardian-notice" };
  const found = await parts.post("persons/find", asked, text);
  const person = parts.registry.idOf("R-0001");
  expect(found.body).toEqual({ persons: [{ id: person, address: hanako.address }] });
  expect(found.headers.get("cache-control")).toBe("no-store");
  const bonds = await parts.post("ties/guardians", { reference: "R-0001", why: "counter" }, text);
  expect(bonds.body).toMatchObject({ ties: [{ guardian: "R-0002", notify: true }] });
  expect(parts.written).toMatchObject([
    { who: `api-key:${id}`, why: "guardian-notice", what: "person", persons: [person] },
    { who: `api-key:${id}`, why: "counter", what: "guardians", persons: [person] },
  ]);
  for (const bad of [
    { ...asked, why: "curiosity" },
    { query, fields: ["address"] },
    { ...asked, x: 1 },
  ]) {
    expect(await parts.post("persons/find", bad, text)).toMatchObject({
      ...{ status: 400, body: { code: "USAGE" } },
    });
  }
  expect(parts.written).toHaveLength(2);
});

test("a refused import answers with every problem, a dry run with what it would do", async () => {
  const { text } = parts.keyFor("persons:write");
  const records = [hanako, { reference: "R-2" }, { reference: "R-3", name: "Ren", sex: "robot" }];
  const refused = await parts.post("persons", { records }, text);
  expect(refused).toMatchObject({ status: 422, body: { code: "IMPORT_REFUSED", imported: false } });
  expect(refused.body.batches?.[0]?.problems).toHaveLength(2);
  const dry = await parts.post("persons", { records, dryRun: true }, text);
  expect(dry).toMatchObject({ status: 200, body: { dryRun: true, batches: [{ added: 1 }] } });
  const csv = "管理番号,氏名\nR-7,手ぶら花子\n";
  expect(await parts.post("persons/csv?dryRun=true", csv, text)).toMatchObject({
    ...{ status: 200, body: { imported: false, batches: [{ encoding: "utf-8", added: 1 }] } },
  });
  expect((await parts.post("persons/csv", csv, text)).body).toMatchObject({ imported: true });
  expect((await parts.post("persons/csv?dryrun=true", csv, text)).status).toBe(400);
  expect(await parts.post("persons/forget", { reference: "R-7" }, text)).toMatchObject({
    body: { forgotten: true },
  });
  expect((await parts.post("persons/forget", { reference: "R-7" }, text)).body).toEqual({
    forgotten: false,
    consents: [],
  });
  expect(JSON.stringify(parts.logged)).not.toContain("R-7");
  expect(parts.logged).toMatchObject([{ event: "registry.imported", count: 1 }, {}, {}]);
});

test("a body that is too large, no JSON or too long a list is refused", async () => {
  const { text } = parts.keyFor("persons:write");
  expect((await parts.post("persons", Buffer.alloc(9 * 1_024 * 1_024), text)).status).toBe(413);
  expect((await parts.post("persons", "{", text)).body).toMatchObject({ code: "USAGE" });
  expect((await parts.post("persons", Buffer.of(0xff), text)).status).toBe(400);
  expect((await parts.post("persons", { records: Array(5_001).fill({}) }, text)).status).toBe(400);
  const csv = `reference,name\n${"R-1,x\n".repeat(5_001)}`;
  expect((await parts.post("persons/csv", csv, text)).body).toMatchObject({ code: "USAGE" });
});

test("while another process writes, a request is told to come again and a look is answered", async () => {
  const { text } = parts.keyFor("persons:write", "persons:read");
  const { registry } = parts;
  parts.put("persons", hanako);
  const pseudonym = registry.pseudonymOf("payment", registry.idOf(hanako.reference)!);
  registry.personOf("payment", pseudonym);
  parts.put("persons", { ...taro, reference: "R-0003" });
  const other = new Database(personFiles(parts.dir).records);
  other.exec("BEGIN IMMEDIATE");
  const refused = await parts.post("persons", { records: [taro] }, text);
  expect(refused).toMatchObject({ status: 503, body: { code: "DATA_LOCKED" } });
  expect(refused.headers.get("retry-after")).toBe("10");
  expect(registry.personOf("payment", pseudonym)).toBe(registry.idOf(hanako.reference));
  const asked = {
    query: { by: "reference", reference: "R-0001" },
    fields: ["kana"],
    why: "counter",
  };
  expect(await parts.post("persons/find", asked, text)).toMatchObject({ status: 200 });
  other.exec("COMMIT");
  other.close();
  expect((await parts.post("persons", { records: [taro] }, text)).status).toBe(200);
});

test("over a real socket a stranger is counted by address, and a key is let in", async () => {
  const { text } = parts.keyFor("persons:read");
  const server = serve({ fetch: parts.app.fetch, hostname: "127.0.0.1", port: 0 });
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const send = async (key: string) =>
    await fetch(`http://127.0.0.1:${port}/api/registry/persons/find`, {
      ...{ method: "POST", headers: { authorization: `Bearer ${key}` } },
      body: JSON.stringify({
        query: { by: "reference", reference: "R" },
        fields: [],
        why: "counter",
      }),
    });
  for (let i = 0; i < 20; i++) expect((await send("x")).status).toBe(401);
  expect((await send("x")).status).toBe(429);
  const answer = await send(text);
  expect(await answer.json()).toEqual({ persons: [] });
  server.close();
  await once(server, "close");
});

test("the description is valid OpenAPI 3.1 and names every operation", async () => {
  const description = structuredClone(describeApi(mountedRoutes(parts.app))) as unknown as {
    paths: Record<string, { post: object }>;
  };
  const { valid, errors } = await new Validator().validate(structuredClone(description));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  const operations = registryOperations(parts.ports);
  expect(Object.keys(description.paths).sort()).toEqual(operations.map(({ path }) => path).sort());
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  const { post } = description.paths["/api/registry/persons"]!;
  expect(post).toMatchObject({
    operationId: "write-persons",
    security: [{ key: ["persons:write"] }, { session: ["persons:write"] }],
  });
  expect(JSON.stringify(post)).toContain("birthDate");
});

test("answers are what the description says of them", async () => {
  const { text } = parts.keyFor(...scopes);
  const operations = new Map(registryOperations(parts.ports).map((one) => [one.id, one.gives]));
  const fits = (id: string, body: unknown) => z.safeParse(operations.get(id)!, body).error;
  const written = await parts.post("persons", { records: [hanako, taro] }, text);
  expect(fits("write-persons", written.body)).toBeUndefined();
  const bond = { guardian: "R-0002", ward: "R-0001", relation: "father", notify: true };
  const bonds = await parts.post("guardians", { records: [bond] }, text);
  expect(fits("write-guardians", bonds.body)).toBeUndefined();
  const place = { class: "4-2", school: "桃井小", schoolYear: 2026, name: "2", person: "R-0001" };
  await parts.post("classes", { records: [{ ...place, role: "pupil" }] }, text);
  for (const [what, reference] of [
    ["wards", "R-0002"],
    ["class", "4-2"],
  ]) {
    const shown = await parts.post(`ties/${what}`, { reference, why: "attendance" }, text);
    expect(shown.body).toMatchObject({ ties: [{}] });
    expect(fits(`show-${what}`, shown.body)).toBeUndefined();
  }
  const asked = {
    query: { by: "reference", reference: "R-0001" },
    fields: ["name"],
    why: "export",
  };
  const found = await parts.post("persons/find", asked, text);
  expect(fits("find-persons", found.body)).toBeUndefined();
});

test("keys are made, listed and revoked by a command, and their text is shown once", async () => {
  const data = join(parts.dir, "command");
  const run = async (...args: readonly string[]) => {
    const { status, out } = await runCommand(["api-key", ...args, "--json", "--data", data]);
    return { status, out, said: JSON.parse(out || "{}") };
  };
  const made = await run(
    "create",
    "--name",
    "学校",
    "--scope",
    "persons:write,classes:write",
    "--scope",
    "classes:write",
  );
  expect(made).toMatchObject({ status: 0, said: { scopes: ["persons:write", "classes:write"] } });
  using keys = new ApiKeys(personFiles(join(data, "gateway")).apiKeys);
  const wall = systemClock.wall();
  expect(keys.check(made.said.key, wall)).toMatchObject({ kind: "valid", key: { name: "学校" } });
  const listed = await run("list");
  expect(listed).toMatchObject({ said: { keys: [{ status: "valid", name: "学校" }] } });
  expect(listed.out).not.toContain(made.said.key.slice(-20));
  expect(await run("revoke", made.said.id)).toMatchObject({ status: 0 });
  expect(keys.check(made.said.key, wall)).toEqual({ kind: "revoked" });
  expect(await run("revoke", "nobody")).toMatchObject({
    ...{ status: 1, said: { error: { code: "API_KEY_UNKNOWN" } } },
  });
  for (const wrong of [
    ["create", "--name", "x"],
    ["create", "--scope", "persons:write"],
    ["create", "--name", "x", "--scope", "everything"],
    ["create", "--name", "x", "--scope", "persons:read", "--days", "0"],
    ["forget"],
  ]) {
    expect((await run(...wrong)).status).toBe(2);
  }
  rmSync(data, { recursive: true, force: true });
});
