import { expect, test } from "vitest";
import type { Event } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

test("a look at the registry through the API is in the ledger, by pseudonym and with its reason, before the answer", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, httpUrl } = running;
  const { text } = gateway.apiKeys.create({
    ...{ name: "clerk", scopes: ["persons:read", "persons:write"] },
    ...{ createdAt: 0 as WallMs, expiresAt: 8e15 as WallMs },
  });
  const send = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${text}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return await fetch(`${httpUrl}${path}`, init);
  };
  const openapi = await (await fetch(`${httpUrl}/api/openapi.json`)).json();
  expect(Object.keys((openapi as { paths: object }).paths).length).toBeGreaterThan(5);
  expect((await fetch(`${httpUrl}/api/registry/persons/find`, { method: "POST" })).status).toBe(
    401,
  );
  const looked = await send("/api/registry/persons/find", {
    ...{ why: "counter", query: { by: "reference", reference: "nobody" }, fields: ["name"] },
  });
  expect(looked.status).toBe(200);
  const { events } = (await (await running.ask("/api/events")).json()) as {
    events: readonly { readonly event: Event }[];
  };
  expect(events.map(({ event }) => [event.device, event.body.type])).toEqual([
    ["gateway-desk", "registry.looked"],
  ]);
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
});
