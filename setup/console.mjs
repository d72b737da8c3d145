// Builds the gateway's pages (gateway/console/) where they are missing or of other sources, in a process
// of its own. What is built rests in .tebura/console, and nowhere in git.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { fail, say } from "./say.mjs";
import { filesBelow, root, stampIn, stampOf } from "./stamp.mjs";

const sources = join(root, "gateway/console");
const builder = join(root, "setup/build-console.mjs");
const lockPath = join(root, ".tebura/console.pid");
/** Where the pages are, and which sources they were made of. */
const builtFolder = join(root, ".tebura/console");

export function ensureConsole() {
  if (!existsSync(sources)) return; // An image that serves no pages.
  const wanted = stampOf([...filesBelow(sources), builder]);
  if (stampIn(builtFolder) === wanted) return;
  withLock(lockPath, () => {
    if (stampIn(builtFolder) === wanted) return; // Another process did it while this one waited.
    say("building the gateway's pages (this happens once)");
    const options = { cwd: root, stdio: ["ignore", 2, 2] };
    const { status } = spawnSync(process.execPath, [builder, builtFolder, wanted], options);
    if (status !== 0) fail("the gateway's pages could not be built; see above");
  });
}
