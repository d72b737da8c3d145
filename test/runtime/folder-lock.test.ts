import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { lockFolder } from "#runtime/folder-lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOfLocking(path: string): string | undefined {
  try {
    lockFolder(path)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return errorCodeOf(error);
  }
}

test("a folder is held by one at a time, and free again after release", () => {
  const lock = lockFolder(join(folder, "data"));
  expect(codeOfLocking(join(folder, "data"))).toBe("DATA_LOCKED");
  lock[Symbol.dispose]();
  expect(codeOfLocking(join(folder, "data"))).toBeUndefined();
});

test("a killed process leaves no lock behind", async () => {
  const script = join(folder, "hold.mjs");
  const module = new URL("../../runtime/folder-lock.ts", import.meta.url).href;
  writeFileSync(
    script,
    `import { lockFolder } from ${JSON.stringify(module)};
     globalThis.lock = lockFolder(process.argv[2]);
     process.stdout.write("held");
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, ["--import", "tsx", script, join(folder, "data")], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: new URL("../..", import.meta.url),
  });
  await once(child.stdout, "data");
  expect(codeOfLocking(join(folder, "data"))).toBe("DATA_LOCKED");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(codeOfLocking(join(folder, "data"))).toBeUndefined();
});

test("a path that cannot be a folder is refused as unwritable", () => {
  writeFileSync(join(folder, "file"), "");
  expect(codeOfLocking(join(folder, "file"))).toBe("DATA_UNWRITABLE");
});
