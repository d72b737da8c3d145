import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { freePort } from "#test/support/free-port.ts";
import { RunningTebura, tebura } from "#test/support/running-tebura.ts";

const patience = { timeout: 60_000, interval: 200 };
const running: RunningTebura[] = [];
let folder: string;
let fleetPort: number;
let ask: Ask;

function start(args: readonly string[]): RunningTebura {
  const begun = new RunningTebura(args);
  running.push(begun);
  return begun;
}

function say(data: string, ...args: readonly string[]) {
  const command = [tebura, ...args, "--data", join(folder, data), "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, said: stdout === "" ? undefined : JSON.parse(stdout), error: stderr };
}

const invite = () => {
  const where = ["--host", "127.0.0.1", "--port", `${fleetPort}`];
  return say("city", "fleet", "invite", ...where).said.invitation as string;
};

async function deviceNow(id: string) {
  const answer = await ask("/api/devices");
  const { devices } = (await answer.json()) as {
    devices: { device: string; connected: boolean }[];
  };
  return devices.find(({ device }) => device === id);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-fleet-"));
  fleetPort = await freePort();
  const ports = ["--http-port", "0", "--mqtt-port", "0", "--fleet-port", `${fleetPort}`];
  const gateway = start(["gateway", "--data", join(folder, "city"), ...ports]);
  const ready = await gateway.ready<{ gateway: string }>();
  ask = askProcess(ready.gateway, join(folder, "city"));
});
afterAll(async () => {
  for (const one of running) await one[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("a box joins with one line, reports, and ends with its keys destroyed when it is revoked", async () => {
  expect(say("box", "device", "join", invite(), "--id", "bus-7")).toMatchObject({
    said: { device: "bus-7" },
  });
  const keys = join(folder, "box", "device", "keys");
  const run = ["device", "run", "--data", join(folder, "box"), "--kiosk-port", "0"];
  const box = start(run);
  await box.ready();
  await expect.poll(async () => (await deviceNow("bus-7"))?.connected, patience).toBe(true);
  expect(existsSync(join(keys, "storage.key"))).toBe(true);

  const ended = once(box.child, "exit");
  expect(say("city", "fleet", "revoke", "bus-7")).toMatchObject({ said: { revoked: "bus-7" } });
  const [status] = await ended;
  expect(status).not.toBe(0);
  for (const key of ["storage.key", "rotation.key", "pseudonym.key", "tls.key"]) {
    expect(existsSync(join(keys, key))).toBe(false);
  }
  expect(say("box", "device", "run").error).toContain("DEVICE_REVOKED");
  const { devices } = say("city", "fleet", "list").said;
  expect(devices).toMatchObject([{ device: "bus-7", status: "revoked" }]);
  expect(devices[0].wipedAt).toBeTypeOf("number");
  expect(say("city", "fleet", "crl").said).toMatchObject({ revoked: 1 });
});

test("mistakes with invitations are told in a sentence with a code", () => {
  const used = invite();
  expect(say("one", "device", "join", used, "--id", "bus-1").status).toBe(0);
  expect(say("two", "device", "join", used, "--id", "bus-2").error).toContain("INVITATION_SPENT");
  expect(say("two", "device", "join", "nonsense").error).toContain("INVITATION_INVALID");
  expect(say("two", "device", "join", invite(), "--id", "Bus 2").error).toContain("USAGE");
  expect(say("two", "device", "run").error).toContain("tebura device join");
  expect(say("city", "fleet", "revoke", "bus-9").error).toContain("DEVICE_UNKNOWN");
  expect(say("city", "fleet", "invite", "--hours", "9999").error).toContain("USAGE");
});
