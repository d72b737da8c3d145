import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "#runtime/clock.ts";
import { openKeyStore } from "#runtime/key-store/key-store.ts";
import type { KeyStore } from "#runtime/key-store/vault.ts";
import { createLog, type Log, silentLog } from "#runtime/log.ts";
import type { Io } from "./io.ts";
import type { CommandSettings } from "./settings.ts";

/** What the real world gives to every command that runs something. */
export const clock = systemClock;
export const random = Math.random;

/** A box whose clock was set by a time server says so: systemd leaves this mark. */
export function clockQuality(): "synced" | "unsynced" {
  return existsSync("/run/systemd/timesync/synchronized") ? "synced" : "unsynced";
}

/** The log on standard error, or none for a command that speaks in sentences. */
export function logOf(io: Io, wanted: boolean): Log {
  return wanted ? createLog(io.err, () => clock.wall()) : silentLog;
}

/** The data folders of the two parts and of the networks that were added, below one. */
export function foldersOf(settings: CommandSettings) {
  return {
    device: join(settings.dataDir, "device"),
    gateway: join(settings.dataDir, "gateway"),
    models: join(settings.dataDir, "models"),
  };
}

/** What seals the box's keys. Throws KEY_STORE_UNUSABLE. */
export function keyStoreOf(settings: CommandSettings): KeyStore {
  return openKeyStore(settings.device.keyStore, join(foldersOf(settings).device, "keys"));
}

/** What a card must be to count on this box, as the appliance wants to know it. */
export function cardTrustOf({ device }: CommandSettings) {
  const { policies, trustDir, crlAgeHoursMax } = device.stepUp;
  return { policies, trustDir, crlAgeMsMax: crlAgeHoursMax * 3_600_000 };
}
