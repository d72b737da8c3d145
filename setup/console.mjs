// Builds the gateway's pages (gateway/console/) where they are missing or of other sources, in a process
// of its own. What is built rests in .tebura/console, and nowhere in git.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { fail, say } from "./say.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "gateway/console");
const builder = join(root, "setup/build-console.mjs");
const lockPath = join(root, ".tebura/console.pid");
/** Where the pages are, and which sources they were made of. */
const builtFolder = join(root, ".tebura/console");

export function ensureConsole() {
  if (!existsSync(sources)) return; // An image that serves no pages.
  const wanted = consoleStamp();
  if (stampOf(builtFolder) === wanted) return;
  withLock(lockPath, () => {
    if (stampOf(builtFolder) === wanted) return; // Another process did it while this one waited.
    say("building the gateway's pages (this happens once)");
    const options = { cwd: root, stdio: ["ignore", 2, 2] };
    const { status } = spawnSync(process.execPath, [builder, builtFolder, wanted], options);
    if (status !== 0) fail("the gateway's pages could not be built; see above");
  });
}

/** What the pages depend on: their sources, the packages and the way they are built. */
function consoleStamp() {
  const hash = createHash("sha256");
  for (const path of [...filesBelow(sources), builder, join(root, "package-lock.json")]) {
    hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 32);
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

function stampOf(folder) {
  const path = join(folder, "stamp");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
