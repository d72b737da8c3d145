import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gateway } from "#gateway/app.ts";
import type { GatewayConfig } from "#gateway/config.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import type { HttpBounds } from "#runtime/http-bounds.ts";
import { silentLog } from "#runtime/log.ts";
import { askWithKey } from "#test/support/api-key.ts";
import { cardPolicies } from "#test/support/card-hierarchy.ts";

export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tebura-gateway-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What the tests' cards are held to. */
export const stepUpRules: GatewayConfig["stepUp"] = {
  policies: [cardPolicies.authentication],
  unknownCard: "link",
  crlAgeMsMax: 72 * 3_600_000,
  apartMsMax: 120_000,
};

/** A whole gateway on free ports, on real files. */
export async function startGateway(
  dataDir: string,
  timeZone = "Asia/Tokyo",
  port = 0,
  clock: Clock = systemClock,
  tls = false,
  httpBounds?: HttpBounds,
  signIn: GatewayConfig["signIn"] = {},
  httpPort = 0,
  others: Partial<GatewayConfig> = {},
) {
  const mqtt = { kind: "embedded", port, tls } as const;
  const fleet = { port: 0, hosts: ["127.0.0.1", "localhost"] };
  const gateway = new Gateway(
    {
      ...{ dataDir, host: "127.0.0.1", httpPort, httpBounds, mqtt, fleet, timeZone },
      ...{ stepUp: stepUpRules, signIn, ...others },
    },
    { clock, log: silentLog },
  );
  const urls = await gateway.start(new AbortController().signal).catch(async (error) => {
    await gateway[Symbol.asyncDispose]();
    throw error;
  });
  return {
    gateway,
    ...urls,
    ask: askWithKey(urls.httpUrl, gateway.apiKeys),
    [Symbol.asyncDispose]: async () => await gateway[Symbol.asyncDispose](),
  };
}

/** The same with TLS, as it is set up where nobody says otherwise. */
export async function startSecureGateway(dataDir: string) {
  return await startGateway(dataDir, "Asia/Tokyo", 0, systemClock, true);
}
