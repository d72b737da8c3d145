// Installs the npm packages by the lockfile where they are missing or of another lockfile, with
// install scripts off, and then builds by name the one add-on that needs it. Speaks on standard error only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampPath = `${root}node_modules/.tebura-setup`;
const lockPath = `${root}.tebura/setup.lock`;
const nodeMinimum = [20, 19];
const lockWaitMs = 600_000;

/** What the installed packages depend on: the lockfile, Node and the machine. */
function wantedStamp() {
  const hash = createHash("sha256")
    .update(readFileSync(`${root}package-lock.json`))
    .digest("hex");
  return `${hash} ${process.versions.modules} ${process.platform}-${process.arch}`;
}

function isReady() {
  return existsSync(stampPath) && readFileSync(stampPath, "utf8") === wantedStamp();
}

export function ensurePackages() {
  requireNode();
  if (isReady()) return;
  withLock(() => {
    if (isReady()) return; // Another process did it while this one waited.
    say("installing the npm packages (this happens once)");
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    buildSqlite();
    markReady();
  });
}

/** Says that what is installed is what the lockfile wants. */
export function markReady() {
  writeFileSync(stampPath, wantedStamp());
}

/** SQLite's add-on: a prebuilt one where it can be had, otherwise compiled here. */
function buildSqlite() {
  if (sqliteLoads()) return;
  say("building better-sqlite3 (a minute or two where it must be compiled)");
  run("npm", ["rebuild", "better-sqlite3", "--ignore-scripts=false"]);
  if (sqliteLoads()) return;
  fail("better-sqlite3 does not load. It needs a compiler: apt-get install python3 make g++");
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

/** One at a time; a lock whose holder died is taken over after the longest time it could have needed. */
function withLock(action) {
  mkdirSync(`${root}.tebura`, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lockPath);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const age =
        Date.now() - (statSync(lockPath, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > lockWaitMs) rmSync(lockPath, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    action();
  } finally {
    rmSync(lockPath, { recursive: true, force: true });
  }
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error || status !== 0) fail(`${command} ${args.join(" ")} failed; see above`);
}

export function say(text) {
  process.stderr.write(`tebura: ${text}\n`);
}

export function fail(text) {
  say(text);
  process.exit(1);
}
