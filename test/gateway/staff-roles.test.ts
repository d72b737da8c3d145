import { join } from "node:path";
import { expect, test } from "vitest";
import { scopes } from "#gateway/api/api-keys.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { boundScopesOf, type Role, roles, scopesOf, sitesFor } from "#gateway/staff/roles.ts";
import { Staff } from "#gateway/staff/staff.ts";
import { runCommand } from "#test/support/run-command.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { office } from "#test/support/staff-office.ts";
import { temporaryFolder } from "./gateway-under-test.ts";

/** One look at every part of the gateway, and the roles for which it is there. */
const looks: readonly (readonly [path: string, ...Role[]])[] = [
  ["/api/events?limit=1", "operator", "auditor"],
  ["/api/devices", "operator", "auditor", "administrator"],
  ["/api/quarantine", "operator", "auditor"],
  ["/api/ledger/verify", "operator", "auditor"],
  ["/metrics", "operator"],
  ["/api/views/bus.boarding", "transport"],
  ["/api/views/school.attendance", "school"],
  ["/api/views/shelter.check-in", "shelter"],
  ["/api/views/medical.reception", "clinic"],
  ["/api/views/payment", "payment"],
  ["/api/bus/days", "transport"],
  ["/api/school/classes", "school"],
  ["/api/shelter/evacuees", "shelter"],
  ["/api/shelter/evacuees.csv", "shelter"],
  ["/api/medical/notices-owed.csv", "clinic"],
  ["/api/payments.csv?merchant=x", "payment"],
  ["/api/staff/accounts", "administrator"],
];

test("each role sees its own part of the gateway, and no other role's", async () => {
  await using place = await office();
  for (const role of roles) {
    const { client } = await place.member({ role, sites: null });
    for (const [path, ...allowed] of looks) {
      const { status, body } = await client.send(path);
      const expected = allowed.includes(role) ? [200, undefined] : [403, "ACCESS_DENIED"];
      expect([status, body["code"]], `${role} ${path}`).toEqual(expected);
    }
    const look = {
      ...{ query: { by: "reference", reference: "R" }, fields: ["name"], why: "counter" },
    };
    const persons = await client.post("/api/registry/persons/find", look);
    expect(persons.status, role).toBe(role === "administrator" ? 200 : 403);
  }
});

test("two roles at two places lend each other nothing", () => {
  const grants = [
    { role: "school" as const, sites: ["momonoki" as never] },
    { role: "shelter" as const, sites: ["sakura" as never, "ume" as never] },
    { role: "auditor" as const, sites: null },
  ];
  expect(sitesFor(grants, "school:read")).toEqual(["momonoki"]);
  expect(sitesFor(grants, "shelter:write")).toEqual(["sakura", "ume"]);
  expect(sitesFor(grants, "events:read")).toBeUndefined();
  expect(sitesFor(grants, "bus:read")).toEqual([]);
  const bound = boundScopesOf(grants);
  expect(bound).toEqual(expect.arrayContaining(["school:read", "shelter:write"]));
  expect(bound.filter((scope) => scope.startsWith("events:"))).toEqual([]);
  // No role holds everything, and none but the administrator's opens the registry of people.
  for (const role of roles) {
    const held = scopesOf([{ role, sites: null }]);
    expect(held.length).toBeLessThan(scopes.length / 2);
    expect(held.includes("persons:read")).toBe(role === "administrator");
  }
});

test("the command makes, changes and revokes accounts, and mistakes are told in a sentence", async () => {
  using folder = temporaryFolder();
  const run = async (...args: readonly string[]) => {
    const words = ["staff", ...args, "--json", "--data", folder.path];
    const { status, out } = await runCommand(words);
    return { status, said: JSON.parse(out || "{}") };
  };
  const first = await run("first-code");
  expect(first.said.code).toMatch(/^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/);
  const made = await run(
    "invite",
    "--name",
    "佐藤",
    "--role",
    "school=momonoki,hirose",
    "--role",
    "auditor",
  );
  expect(made).toMatchObject({
    status: 0,
    said: {
      account: {
        ...{ name: "佐藤", status: "invited" },
        grants: [
          { role: "school", sites: ["momonoki", "hirose"] },
          { role: "auditor", sites: null },
        ],
      },
    },
  });
  const { id } = made.said.account;
  const { code } = made.said;
  expect((await run("roles", id, "--role", "operator")).said.account.grants).toEqual([
    { role: "operator", sites: null },
  ]);
  const again = await run("invite-again", id);
  using staff = new Staff(gatewayFiles(join(folder.path, "gateway")).staff);
  const now = 0 as never;
  expect(await staff.codes.check(code, now)).toBeUndefined();
  expect(await staff.codes.check(again.said.code, now)).toMatchObject({ account: id });
  expect((await run("revoke", id)).said.account.status).toBe("revoked");
  expect(await staff.codes.check(again.said.code, now)).toBeUndefined();
  expect((await run("list")).said.accounts).toMatchObject([{ id, status: "revoked" }]);
  expect((await run("list")).said.accounts).toHaveLength(1);
  expect((await run("revoke", "nobody")).said).toMatchObject({
    error: { code: "ACCOUNT_UNKNOWN" },
  });
  for (const wrong of [
    ["invite", "--name", "x"],
    ["invite", "--role", "school"],
    ["invite", "--name", "x", "--role", "king"],
    ["invite", "--name", "x", "--role", "school=Not A Site"],
    ["invite", "--name", "x", "--role", "school", "--role", "school=a"],
    ["dismiss"],
  ]) {
    expect((await run(...wrong)).status, wrong.join(" ")).toBe(2);
  }
});

test("a first-start code is good for an hour, until the next start, and not beside an administrator", async () => {
  using folder = temporaryFolder();
  using staff = new Staff(gatewayFiles(folder.path).staff);
  const at = 1_000_000 as never;
  const one = await staff.firstStart(at);
  const two = await staff.firstStart(at);
  expect(await staff.codes.check(one!.code, at)).toBeUndefined();
  expect(await staff.codes.check(two!.code, (1_000_000 + 3_599_999) as never)).toBeDefined();
  expect(await staff.codes.check(two!.code, (1_000_000 + 3_600_000) as never)).toBeUndefined();
  await using place = await office();
  expect(await place.gateway.staff.firstStart(at)).toBeUndefined();
  const late = new StaffClient(place.pageUrl);
  expect((await late.begin(place.firstStart!.code, "x")).status).toBe(401);
});
