// One setup at a time in a working copy. A holder that was killed leaves its file behind, so the file
// says who it was: a holder that no longer lives holds nothing.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { say } from "./say.mjs";

/** A number that lives may be another process's by now; after this long nobody is installing any more. */
const heldMsMax = 1_800_000;
const pollMs = 250;

/** Runs an action while no other process runs one under this path. */
export function withLock(path, action) {
  take(path);
  try {
    action();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      // Two that waited may both have found a dead holder, and the slower one removed the file of the faster.
      if (holderOf(path) === process.pid) return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned(path)) rmSync(path, { force: true });
    else {
      if (!told) say(`waiting for process ${holderOf(path) ?? "?"}, which is installing`);
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs);
    }
  }
}

function holderOf(path) {
  try {
    return Number(readFileSync(path, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAbandoned(path) {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modified === undefined) return false; // Released just now.
  if (Date.now() - modified > heldMsMax) return true;
  const holder = holderOf(path);
  // A file without a number is one that its holder is about to write, or never will.
  return holder === undefined ? Date.now() - modified > 5_000 : !isAlive(holder);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
