// Sees to it that the program is there as JavaScript: one bundle in .tebura/program, made anew when a source
// has changed. A command then starts in a third of the time that TypeScript from source takes. Where it
// cannot be made (an image without the packages that build), the sources run as they are, only slower.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { say } from "./say.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const builder = join(root, "setup/build-program.mjs");
const folder = join(root, ".tebura/program");
const lockPath = join(root, ".tebura/program.pid");
const stampPath = join(folder, "stamp");
const parts = ["cli", "contract", "device", "firmware-config", "gateway", "models", "runtime"];
/** The pages have a bundle of their own. */
const elsewhere = join(root, "gateway/console");

/** The command line's module, ready to be loaded. */
export async function loadProgram() {
  const built = ensureProgram();
  if (built) return await import(pathToFileURL(join(folder, built, "main.js")).href);
  const { register } = await import("tsx/esm/api");
  register();
  return await import(new URL("../cli/main.ts", import.meta.url).href);
}

/** Builds what is missing or of other sources; gives the folder of what is built, undefined for none. */
export function ensureProgram() {
  const wanted = sourcesStamp();
  const known = () => (existsSync(stampPath) ? readFileSync(stampPath, "utf8").split(" ") : []);
  const isBuilt = () => known()[0] === wanted && existsSync(join(folder, known()[1]));
  if (isBuilt()) return known()[1];
  if (!existsSync(join(root, "node_modules/vite")) || !isWritable()) return undefined;
  withLock(lockPath, () => {
    if (isBuilt()) return; // Another process did it while this one waited.
    say("bundling the program (this happens once)");
    const before = known()[1];
    const options = { cwd: root, stdio: ["ignore", 2, 2] };
    const { status } = spawnSync(process.execPath, [builder, join(folder, wanted)], options);
    if (status !== 0) return say("the program could not be bundled; it runs from its sources");
    writeFileSync(stampPath, `${wanted} ${wanted}`);
    // A process that runs may still load parts of the one before.
    for (const name of readdirSync(folder))
      if (![wanted, before, "stamp"].includes(name))
        rmSync(join(folder, name), { recursive: true, force: true });
  });
  return isBuilt() ? known()[1] : undefined;
}

/** A service may run from a folder that is not its own, and has to do with what its owner built. */
function isWritable() {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What is built stays right where sources were taken away that it never loads. */
export function markProgram() {
  if (!existsSync(stampPath)) return;
  const [, built] = readFileSync(stampPath, "utf8").split(" ");
  writeFileSync(stampPath, `${sourcesStamp()} ${built}`);
}

/** What the bundle depends on: its sources, where they are, the packages and the way it is built. */
function sourcesStamp() {
  const hash = createHash("sha256").update(root);
  const sources = parts.flatMap((part) => sourcesBelow(join(root, part)));
  for (const path of [...sources, builder, join(root, "package-lock.json")])
    hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 32);
}

function sourcesBelow(below) {
  if (below === elsewhere || !existsSync(below)) return [];
  return readdirSync(below, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name);
      if (entry.isDirectory()) return sourcesBelow(path);
      return path.endsWith(".ts") ? [path] : [];
    });
}
