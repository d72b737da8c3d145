import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { MonotonicMs, WallMs } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { commandLine, Staff } from "#gateway/staff/staff.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { office } from "#test/support/staff-office.ts";

test("the first administrator comes in by the first-start code, once, and signs in by passkey after", async () => {
  await using place = await office();
  const { administrator, begun, firstStart } = place;
  expect(begun.status).toBe(200);
  expect(begun.body["recoveryCodes"]).toHaveLength(10);
  const again = new StaffClient(place.pageUrl);
  expect(await again.begin(firstStart!.code, "誰か")).toMatchObject({
    ...{ status: 401, body: { code: "CODE_REFUSED" } },
  });
  const me = await administrator.send("/api/staff/me");
  expect(me).toMatchObject({
    status: 200,
    body: { account: { name: "木村", mayManageStaff: true }, recoveryCodesLeft: 10 },
  });
  const before = administrator.cookie;
  expect((await administrator.signIn()).status).toBe(200);
  expect(administrator.cookie).not.toBe(before);
  administrator.cookie = before; // The session before the sign-in has ended with it.
  expect((await administrator.send("/api/staff/me")).body).toMatchObject({ code: "SESSION_ENDED" });
  const bodies = await place.audit();
  expect(bodies.map(({ type }) => type)).toEqual(
    expect.arrayContaining(["sign-in.opened", "sign-in.closed", "sign-in.account-changed"]),
  );
  expect(JSON.stringify(bodies)).not.toContain("木村");
});

test("a role opens its own scopes, and only at its own sites", async () => {
  await using place = await office();
  const { client: auditor, id } = await place.member({ role: "auditor", sites: null });
  expect((await auditor.send("/api/events")).status).toBe(200);
  expect((await auditor.send("/api/ledger/verify")).status).toBe(200);
  for (const path of ["/api/views/shelter.check-in", "/metrics", "/api/staff/accounts"]) {
    expect(await auditor.send(path), path).toMatchObject({
      ...{ status: 403, body: { code: "ACCESS_DENIED" } },
    });
  }
  const { client: shelter } = await place.member({ role: "shelter", sites: ["momonoki"] });
  expect(await shelter.send("/api/events")).toMatchObject({ body: { code: "ACCESS_DENIED" } });
  // A view of the whole city is not for one shelter's desk.
  expect(await shelter.send("/api/views/shelter.check-in")).toMatchObject({
    ...{ status: 403, body: { code: "SITE_FOREIGN" } },
  });
  const refused = async () =>
    (await place.audit()).filter(({ type }) => type === "sign-in.refused");
  await expect
    .poll(refused)
    .toEqual(
      expect.arrayContaining([
        { type: "sign-in.refused", who: id, what: "request", code: "ACCESS_DENIED" },
        expect.objectContaining({ what: "site", code: "SITE_FOREIGN" }),
      ]),
    );
});

test("a change of roles, a revocation and a sign-out end sessions at once", async () => {
  await using place = await office();
  const { administrator } = place;
  const { client, id } = await place.member({ role: "auditor", sites: null });
  const stolen = client.cookie;
  expect((await client.post("/api/staff/sign-out", {})).body).toEqual({ ended: 1 });
  const thief = new StaffClient(place.pageUrl);
  thief.cookie = stolen;
  expect(await thief.send("/api/events")).toMatchObject({ body: { code: "SESSION_ENDED" } });
  await client.signIn();
  const grants = [{ role: "operator", sites: null }];
  await administrator.post("/api/staff/accounts/roles", { id, grants });
  expect(await client.send("/api/events")).toMatchObject({ status: 401 });
  await client.signIn();
  expect((await client.send("/metrics")).status).toBe(200);
  await administrator.post("/api/staff/accounts/revoke", { id });
  expect(await client.send("/metrics")).toMatchObject({ status: 401 });
  expect(await client.signIn()).toMatchObject({ body: { code: "SIGN_IN_REFUSED" } });
  const own = ((await administrator.send("/api/staff/me")).body["account"] as { id: string }).id;
  for (const path of ["revoke", "roles"]) {
    const last = await administrator.post(`/api/staff/accounts/${path}`, {
      ...{ id: own, ...(path === "roles" && { grants }) },
    });
    expect(last).toMatchObject({ status: 409, body: { code: "LAST_ADMINISTRATOR" } });
  }
});

test("a recovery code makes one new passkey and is spent; the others stay", async () => {
  await using place = await office();
  const codes = place.begun.body["recoveryCodes"] as string[];
  const lost = new StaffClient(place.pageUrl);
  // As somebody types it: small letters, no hyphens, full-width digits, O for 0.
  const typed = codes[0]!
    .toLowerCase()
    .replaceAll("-", " ")
    .replaceAll("0", "o")
    .replace(/1/g, "１");
  expect((await lost.begin(typed)).status).toBe(200);
  expect(await lost.send("/api/staff/me")).toMatchObject({ body: { recoveryCodesLeft: 9 } });
  const again = new StaffClient(place.pageUrl);
  expect((await again.begin(codes[0]!)).body).toMatchObject({ code: "CODE_REFUSED" });
  const file = readFileSync(gatewayFiles(place.folder.path).staff);
  for (const code of codes) {
    const secret = code.replaceAll("-", "").slice(4);
    expect(file.includes(secret)).toBe(false);
    expect(file.includes(code)).toBe(false);
  }
});

test("sessions end by themselves, unused or old, and a page in the background keeps none open", async () => {
  let ahead = 0;
  const clock: Clock = {
    wall: () => (systemClock.wall() + ahead) as WallMs,
    monotonic: () => (systemClock.monotonic() + ahead) as MonotonicMs,
    sleep: systemClock.sleep,
  };
  await using place = await office(clock);
  const { client } = await place.member({ role: "auditor", sites: null });
  const minute = 60_000;
  for (let i = 0; i < 3; i++) {
    ahead += 20 * minute;
    expect((await client.send("/api/events")).status).toBe(200);
  }
  ahead += 20 * minute;
  const background = { "x-tebura-background": "1" };
  expect((await client.send("/api/events", { headers: background })).status).toBe(200);
  ahead += 11 * minute;
  expect((await client.send("/api/events")).status).toBe(401);
  await client.signIn();
  for (let i = 0; i < 29; i++) {
    ahead += 25 * minute;
    const { status } = await client.send("/api/events");
    expect(status, `${i}`).toBe((i + 1) * 25 < 12 * 60 ? 200 : 401);
  }
});

test("what opens more doors asks for a passkey that was shown lately", async () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, wall: () => (systemClock.wall() + ahead) as WallMs };
  await using place = await office(clock);
  ahead = 16 * 60_000;
  const invite = { name: "人", grants: [{ role: "auditor", sites: null }] };
  for (const path of ["passkeys/options", "recovery-codes"]) {
    const answer = await place.administrator.post(`/api/staff/${path}`, {});
    expect(answer).toMatchObject({ status: 403, body: { code: "SIGN_IN_STALE" } });
  }
  expect((await place.administrator.post("/api/staff/accounts", invite)).status).toBe(403);
  await place.administrator.signIn();
  expect((await place.administrator.post("/api/staff/accounts", invite)).status).toBe(200);
});

test("a command's change holds at once and is in the ledger of the gateway that runs", async () => {
  await using place = await office();
  const { client, id } = await place.member({ role: "auditor", sites: null });
  {
    using staff = new Staff(gatewayFiles(place.folder.path).staff);
    staff.revoke(commandLine, id);
  }
  expect((await client.send("/api/events")).status).toBe(401);
  await expect
    .poll(place.audit, { timeout: 60_000, interval: 300 })
    .toContainEqual(
      expect.objectContaining({ who: "command-line", account: id, change: "revoked" }),
    );
  expect(await place.gateway.verifyLedger()).toMatchObject({ intact: true });
});
