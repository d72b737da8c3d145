import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { type InsertedCard, insertIntoVpcd } from "#device/card/virtual/vpcd.ts";
import { freePorts } from "./free-port.ts";

// The other tests are kept away from the real daemon (vitest.config.ts); these are here to speak to it.
delete process.env["PCSCLITE_CSOCK_NAME"];

/** Debian's vsmartcard-vpcd. */
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const daemonSocket = "/run/pcscd/pcscd.comm";

/**
 * The title of a test that is skipped where the real PC/SC daemon cannot be started with Debian's
 * virtual reader in it, or where a program is missing that the test runs.
 */
export function needsVirtualReader(title: string, ...programs: readonly string[]): string {
  const missing = virtualReaderMissing(...programs);
  return missing === undefined ? title : `${title} (skipped: needs ${missing})`;
}

/** What is missing for `withVirtualReader` here, in words; undefined where nothing is. */
export function virtualReaderMissing(...programs: readonly string[]): string | undefined {
  const absent = ["pcscd", "flock", ...programs].filter((name) => !isOnPath(name));
  if (absent.length > 0) return absent.join(" and ");
  if (!existsSync(driver)) return "vsmartcard-vpcd";
  if (process.getuid?.() !== 0) return "root, to start pcscd";
  // The daemon has one fixed socket. Where systemd listens on it, ours cannot be started beside it.
  return existsSync("/run/systemd/system") ? "a machine whose systemd starts no pcscd" : undefined;
}

function isOnPath(name: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** The real daemon with one virtual reader of two slots, which no other test has at the same time. */
export interface VirtualReader {
  /** What PC/SC calls the two slots. */
  readonly names: readonly [string, string];
  /** Where the two slots wait for their cards, on loopback. */
  readonly ports: readonly [number, number];
  /** Puts a card into a slot; the daemon sees it within a second. Disposing of it takes it out. */
  insert(card: VirtualCard, slot?: 0 | 1): Promise<InsertedCard>;
  /** Ends the daemon, as if it had crashed or been updated. */
  stop(): Promise<void>;
  /** Starts the daemon again; resolves when it listens. */
  start(): Promise<void>;
}

/**
 * Runs `work` with the daemon running, and ends it afterwards. Tests in other processes wait for
 * their turn, so give the test minutes and not seconds.
 */
export async function withVirtualReader(
  work: (reader: VirtualReader) => Promise<void>,
): Promise<void> {
  const lock = await waitForTurn();
  const folder = mkdtempSync(join(tmpdir(), "tebura-pcscd-"));
  let daemon: ChildProcess | undefined;
  const inserted: InsertedCard[] = [];
  try {
    const port = await freePorts();
    const config = join(folder, "reader.conf");
    const hex = port.toString(16).toUpperCase();
    writeFileSync(
      config,
      `FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x${hex}\nLIBPATH ${driver}\nCHANNELID 0x${hex}\n`,
    );
    const stop = async () => {
      if (daemon) await ended(daemon);
      daemon = undefined;
    };
    const start = async () => {
      daemon = await startDaemon(config);
    };
    await start();
    await work({
      names: ["Virtual PCD 00 00", "Virtual PCD 00 01"],
      ports: [port, port + 1],
      async insert(card, slot = 0) {
        const one = await insertIntoVpcd(card, { port: port + slot });
        inserted.push(one);
        return one;
      },
      start,
      stop,
    });
  } finally {
    for (const one of inserted) await one[Symbol.asyncDispose]();
    if (daemon) await ended(daemon);
    await ended(lock);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both children live as long as their standard input is open, so a killed test leaves none behind. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.stdin?.end();
  await exit;
}

async function waitForTurn(): Promise<ChildProcess> {
  const file = join(tmpdir(), "tebura-virtual-reader.lock");
  const script = "echo mine; cat >/dev/null";
  const lock = spawn("flock", ["--timeout", "240", file, "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = await Promise.race([once(lock.stdout, "data"), once(lock, "exit")]);
  if (Buffer.isBuffer(said[0])) return lock;
  throw new Error("another test has had the virtual reader for four minutes");
}

async function startDaemon(config: string): Promise<ChildProcess> {
  mkdirSync("/run/pcscd", { recursive: true });
  // Its own log names every failure of a card that a test makes fail on purpose; nobody reads it.
  const script = `pcscd --foreground --config "$1" >/dev/null 2>&1 </dev/null & cat >/dev/null; kill $!; wait`;
  const path = `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin`;
  const daemon = spawn("sh", ["-c", script, "sh", config], {
    ...{ stdio: ["pipe", "inherit", "inherit"], env: { ...process.env, PATH: path } },
  });
  for (let waits = 0; waits < 300; waits++) {
    if (await listens()) return daemon;
    await sleep(100);
  }
  await ended(daemon);
  throw new Error("pcscd did not start within half a minute");
}

async function listens(): Promise<boolean> {
  const socket = connect(daemonSocket);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
