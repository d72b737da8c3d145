import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { WallMs } from "#contract/ids.ts";
import { routeAnswers, viewAnswers } from "#gateway/api/answers/answers.ts";
import { type Scope, scopes } from "#gateway/api/api-keys.ts";
import { routeWords } from "#gateway/api/api-words.ts";
import { systemClock } from "#runtime/clock.ts";
import { root, trackedFiles } from "#test/tidy/source-tree.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

interface Content {
  readonly schema?: { readonly properties?: object };
}
interface Described {
  readonly operationId: string;
  readonly summary?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content: Readonly<Record<string, Content>> }
    >
  >;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const folder = temporaryFolder();
let running: Awaited<ReturnType<typeof startGateway>>;
let description: Description;
beforeAll(async () => {
  running = await startGateway(folder.path);
  const answer = await fetch(`${running.httpUrl}/api/openapi.json`);
  description = (await answer.json()) as Description;
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Every operation as `GET /path`, with what is said of it. */
const operations = () =>
  Object.entries(description.paths).flatMap(([path, ofPath]) =>
    Object.entries(ofPath).map(
      ([method, one]) => [`${method.toUpperCase()} ${path}` as string, one] as const,
    ),
  );

/** A key of its own for each request: none asks too often. */
function keyFor(opens: readonly Scope[]): string {
  const createdAt = systemClock.wall();
  const expiresAt = (createdAt + 3_600_000) as WallMs;
  return running.gateway.apiKeys.create({ name: "test", scopes: opens, createdAt, expiresAt }).text;
}

/** What a source writes for a path's parts that vary, as the description has them. */
const asDescribed = (path: string) => path.replaceAll(/:(\w+)/g, "{$1}");

test("it is valid OpenAPI 3.1, and no two operations have one name", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(description) as never);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  const ids = operations().map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(130);
});

test("every route of the gateway is described, in words, and no word is of a route that is gone", () => {
  const named = operations().filter(([, { summary }]) => !summary);
  expect(named.map(([key]) => key)).toEqual([]);
  const described = new Set(operations().map(([key]) => key));
  const words = Object.keys(routeWords).map((key) => asDescribed(key));
  expect(words.filter((key) => !described.has(key as never))).toEqual([]);
});

test("every address below /api that the sources name is described", () => {
  const texts = trackedFiles()
    .filter((path) => /^gateway\/(?!console\/).*\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), "utf8"));
  const named = texts.flatMap((text) => [...text.matchAll(/["`](\/api\/[a-z][^"`\s?$]+)["`]/g)]);
  const described = new Set(Object.keys(description.paths));
  const missing = named
    .map(([, path]) => asDescribed(path!))
    .filter((path) => !described.has(path));
  expect(named.length).toBeGreaterThan(90);
  expect([...new Set(missing)]).toEqual([]);
});

test("whoever holds every scope finds each described route mounted, and whoever holds none is refused as described", async () => {
  const streams = new Set(["GET /api/live", "GET /api/events/stream"]);
  for (const [key, { security, responses }] of operations()) {
    const [method, path] = key.split(" ") as [string, string];
    const filled = path.replaceAll(/\{\w+\}/g, "x");
    const ask = async (opens: readonly Scope[]) =>
      await fetch(`${running.httpUrl}${filled}`, {
        ...{ method, ...(method === "POST" && { body: "{}" }) },
        headers: { authorization: `Bearer ${keyFor(opens)}`, "content-type": "application/json" },
      });
    const isForKeys = security.some((one) => "key" in one);
    if (isForKeys && !path.startsWith("/metrics")) {
      const refusal = await ask(["metrics:read"]);
      expect(refusal.status, key).toBe(403);
      const { code } = (await refusal.json()) as { code: string };
      expect(responses["403"]?.description, key).toContain(code);
    }
    if (streams.has(key)) continue;
    const answer = await ask(scopes);
    // What is asked here fits hardly anywhere: the refusal of the form is the route's own word.
    expect(answer.status === 404 ? await answer.text() : "", key).not.toContain("no such page");
    expect(Object.keys(responses), `${key} answers ${answer.status}`).toContain(`${answer.status}`);
  }
});

test("what the routes of programs answer with is told field by field, and an empty gateway's answers fit it", async () => {
  const answersOf = ([, { responses }]: (typeof all)[number]) =>
    responses["200"]?.content["application/json"]?.schema;
  const all = operations();
  const told = all.filter((one) => Object.keys(answersOf(one)?.properties ?? {}).length > 0);
  expect(told.length).toBeGreaterThan(90);
  const keys = [
    ...Object.keys(routeAnswers),
    ...Object.keys(viewAnswers).map((v) => `GET /api/views/${v}`),
  ];
  const described = new Set(all.map(([key]) => key));
  expect(keys.filter((key) => !described.has(asDescribed(key) as never))).toEqual([]);
  let checked = 0;
  for (const [key, one] of told) {
    const [method, path] = key.split(" ") as [string, string];
    if (method !== "GET" || path.includes("{")) continue;
    const answer = await fetch(`${running.httpUrl}${path}`, {
      headers: { authorization: `Bearer ${keyFor(scopes)}` },
    });
    if (answer.status !== 200) continue;
    const schema = z.fromJSONSchema(answersOf([key, one]) as never);
    expect(schema.safeParse(await answer.json()).error?.message, key).toBeUndefined();
    checked += 1;
  }
  expect(checked).toBeGreaterThan(15);
});

test("every code that a desk refuses with stands with one of its routes", () => {
  const said = JSON.stringify(description.paths);
  const files = trackedFiles().filter((path) =>
    /^gateway\/(shelter|school|taxi|tickets|payment|medical|consent)\/.*\.ts$/.test(path),
  );
  const codes = files.flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/refus(?:al|edFor)\(\s*"([A-Z_]+)"/g)].map(
      ([, code]) => code!,
    ),
  );
  expect(codes.length).toBeGreaterThan(20);
  expect([...new Set(codes)].filter((code) => !said.includes(`"${code}"`))).toEqual([]);
});

test("what a route takes is told by the schema that judges it", () => {
  const entries = description.paths["/api/shelter/entries"]?.["post"];
  const taken = JSON.stringify(entries?.requestBody);
  for (const field of ["kana", "needs", "household", "arrivedAt"]) expect(taken).toContain(field);
  expect(entries?.security).toEqual([{ key: ["shelter:write"] }, { session: ["shelter:write"] }]);
  expect(entries?.responses["404"]?.description).toContain("SHELTER_UNKNOWN");
  const booking = JSON.stringify(description.paths["/api/taxi/bookings"]?.["post"]?.requestBody);
  expect(booking).toContain("boardFrom");
});
