import { Hono } from "hono";
import { expect, test } from "vitest";
import { ApiKeys } from "#gateway/api/api-keys.ts";
import { type Authorised, authoriser, type StaffDoor } from "#gateway/api/authorise.ts";
import { foreignSite } from "#gateway/api/foreign-site.ts";
import { systemClock } from "#runtime/clock.ts";

const places: Readonly<Record<string, string | null>> = { a: "momonoki", b: "hirose", c: null };

/** A route that shows somebody by id, behind the guard, for a clerk who is bound to these sites. */
function askAs(sites: readonly string[] | undefined, reach: "city" | "site") {
  const told: unknown[] = [];
  const staff: StaffDoor = {
    judge: () => ({ who: "staff:00000000000000aa", sites, stillHolds: () => true }),
  };
  const apiKeys = new ApiKeys(":memory:");
  const tellRefusal = (refusal: unknown) => void told.push(refusal);
  const guard = authoriser({ apiKeys, clock: systemClock, staff, tellRefusal });
  const app = new Hono<Authorised>();
  app.get("/person", guard("shelter:read", reach), (context) => {
    const site = places[context.req.query("id") ?? ""];
    return foreignSite(context, site) ?? context.json({ site });
  });
  return {
    told,
    status: async (id: string) => (await app.request(`/person?id=${id}`)).status,
    [Symbol.dispose]: () => apiKeys[Symbol.dispose](),
  };
}

test.each([
  { name: "one's own site", sites: ["momonoki"], id: "a", status: 200 },
  { name: "another site", sites: ["momonoki"], id: "b", status: 403 },
  { name: "no site yet", sites: ["momonoki"], id: "c", status: 403 },
  { name: "nobody, who looks like somebody elsewhere", sites: ["momonoki"], id: "x", status: 403 },
  { name: "a person of the city's own desk", sites: undefined, id: "b", status: 200 },
])("a route of one site, $name: $status", async ({ sites, id, status }) => {
  using asked = askAs(sites, "site");
  expect(await asked.status(id)).toBe(status);
  expect(asked.told).toHaveLength(status === 403 ? 1 : 0);
});

test("a route of the whole city is closed to whoever is bound to a site", async () => {
  using asked = askAs(["momonoki"], "city");
  expect(await asked.status("a")).toBe(403);
  expect(asked.told).toMatchObject([{ what: "site", code: "SITE_FOREIGN", path: "/person" }]);
});
