import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { leaveFleet } from "#device/fleet/leave.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { openKeyStore } from "#runtime/key-store/key-store.ts";
import { type KeyStoreSettings, sealedMark } from "#runtime/key-store/vault.ts";
import { codeOf } from "#test/support/code-of.ts";
import { freePort } from "#test/support/free-port.ts";

const softHsm = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"].find(
  existsSync,
);
const hasToken = softHsm !== undefined && existsSync("/usr/bin/pkcs11-tool");
const hasTpm = existsSync("/usr/bin/swtpm") && existsSync("/usr/bin/tpm2_nvdefine");
const token = (text: string) => (hasToken ? text : `${text} (skipped: needs softhsm2 and opensc)`);
const tpm = (text: string) => (hasTpm ? text : `${text} (skipped: needs swtpm and tpm2-tools)`);

let folder: string;
let swtpm: ChildProcess | undefined;
let tpmSettings: KeyStoreSettings;
let tokenSettings: KeyStoreSettings;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-key-store-"));
  if (hasToken) tokenSettings = makeToken(softHsm);
  if (hasTpm) tpmSettings = await startTpm();
});
afterAll(async () => {
  if (swtpm) {
    const closed = once(swtpm, "close");
    swtpm.kill("SIGTERM");
    await closed;
  }
  delete process.env["SOFTHSM2_CONF"];
  rmSync(folder, { recursive: true, force: true });
});

function makeToken(module: string): KeyStoreSettings {
  const tokens = join(folder, "tokens");
  mkdirSync(tokens);
  writeFileSync(join(folder, "softhsm.conf"), `directories.tokendir = ${tokens}\n`);
  process.env["SOFTHSM2_CONF"] = join(folder, "softhsm.conf");
  const pins = ["--so-pin", "12345678", "--pin", "4321"];
  const init = ["--init-token", "--free", "--label", "box", ...pins];
  expect(spawnSync("softhsm2-util", init).status).toBe(0);
  writeFileSync(join(folder, "pin"), "4321\n");
  return { kind: "pkcs11", module, token: "box", pinFile: join(folder, "pin") };
}

async function startTpm(): Promise<KeyStoreSettings> {
  const state = join(folder, "tpm");
  mkdirSync(state);
  // The tools look for the control channel one port further on.
  const port = await freePort();
  const server = ["--server", `type=tcp,port=${port}`, "--ctrl", `type=tcp,port=${port + 1}`];
  const flags = ["--flags", "not-need-init,startup-clear"];
  const args = ["socket", "--tpm2", "--tpmstate", `dir=${state}`, ...server, ...flags];
  swtpm = spawn("swtpm", args, { stdio: "ignore" });
  while (swtpm.exitCode === null && !(await listens(port + 1))) await sleep(50);
  return { kind: "tpm", index: "0x01854254", tcti: `swtpm:host=127.0.0.1,port=${port}` };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  return isThere;
}

/** A box's whole life with a key store: keys made, opened again, of no use elsewhere, destroyed. */
function liveWith(settings: KeyStoreSettings, name: string): void {
  const dataDir = join(folder, name);
  const keys = join(dataDir, "keys");
  const plain = openIdentity(dataDir); // A box that had none before.
  const identity = openIdentity(dataDir, undefined, openKeyStore(settings, keys));
  expect(identity.id).toBe(plain.id);
  expect(identity.storageKey).toEqual(plain.storageKey);
  for (const file of readdirSync(keys).filter((one) => one.endsWith(".key"))) {
    expect(readFileSync(join(keys, file), "utf8").startsWith(sealedMark)).toBe(true);
  }
  const again = openIdentity(dataDir, undefined, openKeyStore(settings, keys));
  expect(again.storageKey).toEqual(identity.storageKey);
  expect(codeOf(() => openIdentity(dataDir))).toBe("KEY_STORE_UNUSABLE");

  const [storage, rotation] = ["storage.key", "rotation.key"].map((one) => join(keys, one));
  const before = readFileSync(storage!);
  writeFileSync(storage!, readFileSync(rotation!));
  expect(codeOf(() => openIdentity(dataDir, undefined, openKeyStore(settings, keys)))).toBe(
    "DATA_CORRUPT",
  );
  writeFileSync(storage!, before);

  leaveFleet(join(folder, `${name}-left`), 0 as WallMs, openKeyStore(settings, keys));
  // The sealed files are all still there, as an image of the disk would hold them: they open nowhere.
  expect(codeOf(() => openIdentity(dataDir, undefined, openKeyStore(settings, keys)))).toBe(
    "DATA_CORRUPT",
  );
}

test.runIf(hasTpm)(
  tpm("with a TPM, keys are sealed on the disk, and destroying its index destroys them"),
  () => {
    liveWith(tpmSettings, "tpm-box");
  },
);

test.runIf(hasToken)(
  token("with a token, keys are sealed on the disk, and deleting its key destroys them"),
  () => {
    liveWith(tokenSettings, "token-box");
  },
);

test("a token or TPM that is not there is told in a sentence, before anything is written", () => {
  const keys = join(folder, "none", "keys");
  const missing = {
    kind: "pkcs11",
    module: "/nowhere.so",
    token: "x",
    pinFile: "/nowhere",
  } as const;
  expect(codeOf(() => openKeyStore(missing, keys))).toBe("KEY_STORE_UNUSABLE");
  const silent = { kind: "tpm", index: "0x01854254", tcti: "swtpm:port=1" } as const;
  expect(codeOf(() => openKeyStore(silent, keys))).toBe("KEY_STORE_UNUSABLE");
  expect(existsSync(keys)).toBe(false);
});
