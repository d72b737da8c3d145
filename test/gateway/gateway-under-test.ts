import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gateway, type GatewayConfig } from "#gateway/app.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
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
) {
  const mqtt = { kind: "embedded", port } as const;
  const gateway = new Gateway(
    { dataDir, host: "127.0.0.1", httpPort: 0, mqtt, timeZone, stepUp: stepUpRules },
    { clock, log: silentLog },
  );
  const urls = await gateway.start(new AbortController().signal).catch(async (error) => {
    await gateway[Symbol.asyncDispose]();
    throw error;
  });
  return {
    gateway,
    ...urls,
    [Symbol.asyncDispose]: async () => await gateway[Symbol.asyncDispose](),
  };
}
