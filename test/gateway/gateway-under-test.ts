import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";

export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tebura-gateway-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A whole gateway on free ports, on real files. */
export async function startGateway(dataDir: string, timeZone = "Asia/Tokyo", port = 0) {
  const gateway = new Gateway(
    { dataDir, host: "127.0.0.1", httpPort: 0, mqtt: { kind: "embedded", port }, timeZone },
    { clock: systemClock, log: silentLog },
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
