// Installs the npm packages by the lockfile where they are missing or of another lockfile, with
// install scripts off, and then builds by name the one add-on that needs it. Speaks on standard error only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { fail, say } from "./say.mjs";
import { ensureSystem } from "./system.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampPath = join(root, "node_modules/.tebura-setup");
const lockPath = join(root, ".tebura/setup.pid");
const nodeMinimum = [20, 19];

/** What the installed packages depend on: the lockfile, Node and the machine. */
function wantedStamp() {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${hash} ${process.versions.modules} ${process.platform}-${process.arch}`;
}

function isReady() {
  return existsSync(stampPath) && readFileSync(stampPath, "utf8") === wantedStamp();
}

export function ensurePackages() {
  requireNode();
  if (isReady()) return;
  withLock(lockPath, () => {
    if (isReady()) return; // Another process did it while this one waited.
    say("installing the npm packages (this happens once)");
    if (!run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])) {
      fail("npm ci failed; see above. It needs the network once; run the same command again.");
    }
    ensureSqlite();
    markReady();
  });
}

/** Says that what is installed is what the lockfile wants. */
export function markReady() {
  writeFileSync(stampPath, wantedStamp());
}

/** SQLite's add-on: a prebuilt one where it can be had, otherwise compiled here. */
function ensureSqlite() {
  if (sqliteLoads()) return;
  say("building better-sqlite3 (a minute or two where it must be compiled)");
  if (buildSqlite() || (ensureSystem(compilers) && buildSqlite())) return;
  fail(
    `better-sqlite3 could not be built; see above. It needs ${compilers.join(", ")}. ` +
      `On Debian: sudo apt-get install -y ${compilers.join(" ")}; then run the same command again.`,
  );
}

function buildSqlite() {
  return buildAddOn("better-sqlite3") && sqliteLoads();
}

/** What an add-on is compiled with. */
export const compilers = ["python3", "make", "g++"];

/** Runs the install script of one package by name; false, and what the tools said, where it fails. */
export function buildAddOn(name) {
  const args = ["rebuild", name, "--ignore-scripts=false", "--foreground-scripts"];
  return run("npm", args, headersOfThisNode());
}

/** The headers that came with this Node, where they did, so that none are looked for elsewhere. */
function headersOfThisNode() {
  const nodeFolder = dirname(dirname(process.execPath));
  const has = existsSync(join(nodeFolder, "include/node/node.h"));
  return has ? { npm_config_nodedir: nodeFolder } : {};
}

function sqliteLoads() {
  const script = 'new (require("better-sqlite3"))(":memory:").close()';
  return spawnSync(process.execPath, ["-e", script], { cwd: root, stdio: "ignore" }).status === 0;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > nodeMinimum[0] || (major === nodeMinimum[0] && minor >= nodeMinimum[1])) return;
  fail(`Node ${nodeMinimum.join(".")} or newer is needed; this is ${process.versions.node}`);
}

/** What a compiler may say, and how much of its end is worth showing. */
const outputBytesMax = 64 * 1_024 * 1_024;
const shownCharactersMax = 4_000;

/** Runs a tool, and shows what it said only where it failed. */
function run(command, args, variables = {}) {
  const env = { ...process.env, ...variables };
  const options = { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" };
  const result = spawnSync(command, args, { ...options, maxBuffer: outputBytesMax });
  if (result.status === 0) return true;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`.slice(-shownCharactersMax));
  if (result.error) say(`${command} cannot be run: ${result.error.message}`);
  return false;
}
