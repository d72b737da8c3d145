import { expect, test } from "vitest";
import { office } from "#test/support/staff-office.ts";

const sessionsOf = (body: Record<string, unknown>) => body["sessions"] as { handle: string }[];

test("an administrator sees where somebody is signed in, and signs them out, which is on record", async () => {
  await using place = await office();
  const { administrator } = place;
  const { client, id } = await place.member({ role: "school", sites: ["momonoki"] });
  const access = `/api/staff/accounts/access?id=${id}`;
  const { body } = await administrator.send(access);
  expect(body).toMatchObject({ passkeys: 1, recoveryCodesLeft: 10 });
  const [session] = sessionsOf(body);
  expect((await client.send("/api/staff/me")).status).toBe(200);
  const asked = { id, handle: session?.handle };
  const ended = await administrator.post("/api/staff/accounts/sign-out", asked);
  expect(ended).toMatchObject({ status: 200, body: { ended: true, sessions: [] } });
  expect((await client.send("/api/staff/me")).status).toBe(401);
  const again = await administrator.post("/api/staff/accounts/sign-out", { id });
  expect(again.body).toMatchObject({ ended: false });
  const changes = (await place.audit()).filter(
    (one) => one.type === "sign-in.account-changed" && one.change === "sessions-ended",
  );
  expect(changes).toMatchObject([{ account: id }]);
  // They come in again by their own passkey: nothing but the session was taken.
  expect((await client.signIn()).status).toBe(200);
});

test("nobody else may look at that or do it, and who does not exist is said to be unknown", async () => {
  await using place = await office();
  const { client, id } = await place.member({ role: "auditor", sites: null });
  expect((await client.send(`/api/staff/accounts/access?id=${id}`)).status).toBe(403);
  expect((await client.post("/api/staff/accounts/sign-out", { id })).status).toBe(403);
  const missing = await place.administrator.send("/api/staff/accounts/access?id=staff:0");
  expect(missing).toMatchObject({ status: 404, body: { code: "ACCOUNT_UNKNOWN" } });
  const bound = await place.member({ role: "administrator", sites: ["momonoki"] });
  expect((await bound.client.post("/api/staff/accounts/sign-out", { id })).status).toBe(403);
});
