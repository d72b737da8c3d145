// Sees to it that the program is there as JavaScript: one bundle in .tebura/program, made anew when a source
// has changed. A command then starts in a third of the time that TypeScript from source takes. Where it
// cannot be made (an image without the packages that build), the sources run as they are, only slower.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "./lock.mjs";
import { say } from "./say.mjs";
import { filesBelow, root, stampIn, stampOf } from "./stamp.mjs";

const builder = join(root, "setup/build-program.mjs");
const folder = join(root, ".tebura/program");
const lockPath = join(root, ".tebura/program.pid");
const stampPath = join(folder, "stamp");
/** The command line, and the thread that it starts for the networks. */
const entries = ["main=cli/main.ts", "vision-thread=device/vision/vision-thread.ts"];
const parts = ["cli", "contract", "device", "firmware-config", "gateway", "models", "runtime"];
/** The pages have a bundle of their own. */
const elsewhere = join(root, "gateway/console/");

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
  const built = builtOf(wanted);
  if (built || !existsSync(join(root, "node_modules/vite")) || !isWritable()) return built;
  withLock(lockPath, () => {
    // Another process may have done it while this one waited.
    if (!builtOf(wanted)) bundle(wanted);
  });
  return builtOf(wanted);
}

function bundle(wanted) {
  say("bundling the program (this happens once)");
  const [, before] = known();
  const args = [builder, join(folder, wanted), ...entries];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) return say("the program could not be bundled; it runs from its sources");
  writeFileSync(stampPath, `${wanted} ${wanted}`);
  // A process that runs may still load parts of the one before.
  for (const name of readdirSync(folder))
    if (![wanted, before, "stamp"].includes(name))
      rmSync(join(folder, name), { recursive: true, force: true });
}

/** Of which sources something is built, and in which folder it is. */
function known() {
  return (stampIn(folder) ?? "").split(" ");
}

function builtOf(wanted) {
  const [stamp, built] = known();
  return stamp === wanted && existsSync(join(folder, built)) ? built : undefined;
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
  const [, built] = known();
  if (built) writeFileSync(stampPath, `${sourcesStamp()} ${built}`);
}

/** What the bundle depends on: its sources, where they are, the packages and the way it is built. */
function sourcesStamp() {
  const sources = parts
    .flatMap((part) => filesBelow(join(root, part)))
    .filter((path) => path.endsWith(".ts") && !path.startsWith(elsewhere));
  return stampOf([...sources, builder], root);
}
