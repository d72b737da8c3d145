// Builds the binding to the PC/SC daemon, an optional part: a machine without the daemon's headers has
// no card readers, and its boxes say so in their health.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { buildAddOn, compilers } from "./packages.mjs";
import { say } from "./say.mjs";
import { ensureSystem } from "./system.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, "node_modules/smartcard/build/Release/smartcard_napi.node");
const lockPath = join(root, ".tebura/card-readers.pid");
const headers = process.env.TEBURA_PCSC_HEADERS ?? "/usr/include/PCSC/winscard.h";

/** Never fails: what is missing is said, and the work goes on without readers. */
export function ensureCardReaders() {
  if (existsSync(built) || !existsSync(headers)) return;
  withLock(lockPath, () => {
    if (existsSync(built)) return; // Another process did it while this one waited.
    say("building the binding to the card readers (this happens once)");
    if (ensureSystem(compilers) && buildAddOn("smartcard") && existsSync(built)) return;
    say("the card readers' binding could not be built; going on without card readers");
  });
}
