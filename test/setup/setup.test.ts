import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { benchmarkNames, runBenchmark } from "#benchmarks/main.ts";
import { npmThat, SetupSandbox } from "./setup-sandbox.ts";

const installedOnce = ["npm ci without scripts", "npm rebuild"];

test("packages come without install scripts, and then the one add-on is built by name", async () => {
  using sandbox = new SetupSandbox();
  const { status } = await sandbox.run();
  expect(status).toBe(0);
  expect(sandbox.calls()).toEqual(installedOnce);
});

test("where nothing is missing nothing is run and nothing is said", async () => {
  using sandbox = new SetupSandbox();
  await sandbox.run();
  expect(await sandbox.run()).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(sandbox.calls()).toEqual(installedOnce);
});

test("where the PC/SC daemon's headers are, its binding is built, and work goes on where that fails", async () => {
  using sandbox = new SetupSandbox();
  sandbox.installPcscHeaders();
  const { status, stderr } = await sandbox.run();
  expect(status).toBe(0);
  expect(sandbox.calls()).toEqual([...installedOnce, "npm rebuild smartcard"]);
  expect(stderr).toContain("going on without card readers");
});

test("another lockfile installs anew", async () => {
  using sandbox = new SetupSandbox();
  await sandbox.run();
  sandbox.changeLockfile("second");
  await sandbox.run();
  expect(sandbox.calls()).toEqual([...installedOnce, ...installedOnce]);
});

test("standard output stays the command's own, and what npm says is kept for when it fails", async () => {
  using sandbox = new SetupSandbox();
  const { stdout, stderr } = await sandbox.run();
  expect(stdout).toBe("");
  expect(stderr).not.toContain("npm talks");
});

test("three at once install once", async () => {
  using sandbox = new SetupSandbox();
  sandbox.program("npm", npmThat({ canBuild: true, waitMs: 500 }));
  const ended = await Promise.all([sandbox.run(), sandbox.run(), sandbox.run()]);
  expect(ended.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(sandbox.calls()).toEqual(installedOnce);
  expect(existsSync(sandbox.lockPath)).toBe(false);
});

test("after one that was killed the next begins at once", async () => {
  using sandbox = new SetupSandbox();
  sandbox.program("npm", npmThat({ canBuild: true, waitMs: 2_000 }));
  const killed = sandbox.start();
  while (sandbox.calls().length === 0) await sleep(20);
  const ended = once(killed, "close");
  process.kill(-killed.pid!, "SIGKILL");
  await ended;
  expect(existsSync(sandbox.lockPath)).toBe(true);
  sandbox.program("npm", npmThat({ canBuild: true }));
  const { status, stderr } = await sandbox.run();
  expect(status).toBe(0);
  expect(stderr).not.toContain("waiting");
});

test("one that lives is waited for, and named", async () => {
  using sandbox = new SetupSandbox();
  writeFileSync(sandbox.lockPath, String(process.pid));
  const waiting = sandbox.start();
  let said = "";
  waiting.stderr?.on("data", (part) => {
    said += part;
  });
  while (!said.includes("\n")) await sleep(20);
  expect(said).toContain(`waiting for process ${process.pid}`);
  expect(sandbox.calls()).toEqual([]);
  waiting.kill("SIGKILL");
  await once(waiting, "exit");
});

test("an add-on that cannot be built says which packages it needs, and is tried again next time", async () => {
  using sandbox = new SetupSandbox();
  sandbox.program("npm", npmThat({ canBuild: false }));
  const { status, stderr } = await sandbox.run();
  expect(status).toBe(1);
  expect(stderr).toContain("apt-get install -y python3 make g++");
  expect(stderr).toContain("npm talks");
  expect(sandbox.calls().filter((call) => call.startsWith("npm"))).toEqual(installedOnce);
  sandbox.program("npm", npmThat({ canBuild: true }));
  expect((await sandbox.run()).status).toBe(0);
});

test("a benchmark that there is not is answered with those there are", async () => {
  expect(benchmarkNames()).toEqual(expect.arrayContaining(["gallery", "ingest", "pipeline"]));
  expect(benchmarkNames()).not.toContain("ingest-load");
  expect(await runBenchmark(["../cli/main"])).toBe(2);
  expect(await runBenchmark([])).toBe(2);
});
