import { expect, test } from "vitest";
import { type Scope, scopes } from "#gateway/api/api-keys.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

/** Every mounted route of a service, with the one scope that opens it. */
const routes: readonly (readonly [Scope, "GET" | "POST", string])[] = [
  ["bus:write", "POST", "/api/bus/positions"],
  ["bus:write", "POST", "/api/bus/records"],
  ["bus:read", "GET", "/api/bus/days"],
  ["bus:read", "GET", "/api/bus/days/2026-04-01/rides.csv"],
  ["taxi:read", "GET", "/api/taxi/matters"],
  ["taxi:read", "GET", "/api/taxi/claims.csv"],
  ["taxi:read", "POST", "/api/taxi/balance"],
  ["taxi:write", "POST", "/api/taxi/entitlements"],
  ["taxi:write", "POST", "/api/taxi/claims"],
  ["policy:read", "GET", "/api/policy"],
  ["shelter:read", "GET", "/api/shelter/evacuees"],
  ["shelter:read", "GET", "/api/shelter/evacuees.csv"],
  ["shelter:read", "GET", "/api/shelter/evacuees.html"],
  ["shelter:read", "GET", "/api/shelter/sites"],
  ["shelter:write", "POST", "/api/shelter/entries"],
  ["shelter:write", "POST", "/api/shelter/sites"],
  ["shelter:read", "POST", "/api/shelter/inquiries"],
  ["medical:write", "POST", "/api/medical/receptions"],
  ["medical:write", "POST", "/api/medical/crew"],
  ["medical:read", "POST", "/api/medical/consents/check"],
  ["medical:read", "GET", "/api/medical/notices-owed.csv"],
  ["emergency:write", "POST", "/api/medical/emergencies"],
  ["emergency:write", "POST", "/api/medical/emergencies/show"],
  ["tickets:write", "POST", "/api/tickets/purchases"],
  ["tickets:read", "POST", "/api/tickets/box-office-list"],
  ["tickets:read", "GET", "/api/tickets/entries.csv"],
  ["payment:write", "POST", "/api/payments"],
  ["payment:read", "POST", "/api/payments/find"],
  ["payment:read", "GET", "/api/payments.csv"],
  ["places:write", "POST", "/api/places"],
];

test("every service's route opens to its own scope and to no other", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, httpUrl } = running;
  for (const [scope, method, path] of routes) {
    const ask = async (client: ApiClient) =>
      method === "GET" ? (await client.get(path)).status : (await client.post(path, {})).status;
    const others = new ApiClient(
      gateway,
      httpUrl,
      scopes.filter((one) => one !== scope),
    );
    const own = new ApiClient(gateway, httpUrl, [scope]);
    expect(await ask(others), `${method} ${path} without ${scope}`).toBe(403);
    expect([200, 400, 404], `${method} ${path} with ${scope}`).toContain(await ask(own));
    // Beyond the first few a stranger is told to come again later, and learns as little.
    expect([401, 429]).toContain((await fetch(`${httpUrl}${path}`, { method })).status);
  }
});
