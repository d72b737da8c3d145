import { existsSync } from "node:fs";
import { join } from "node:path";
import { createVision } from "#device/vision/vision.ts";
import type { Settings } from "#firmware-config/settings.ts";
import { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { createLog, type Log, silentLog } from "#runtime/log.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress.ts";

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

/** The data folders of the two parts, below one. */
export function foldersOf(settings: Settings) {
  return { device: join(settings.dataDir, "device"), gateway: join(settings.dataDir, "gateway") };
}

/** Opens the face networks, and shows the conversion that a first start needs. */
export async function openVision(io: Io) {
  const bar = progressBar(io);
  return await createVision(() => clock.monotonic(), {
    onProgress({ name, state, done, total }) {
      if (state !== "ready") bar({ label: `preparing the network ${name}`, done, total });
    },
  });
}

/** A gateway with the settings' broker, not started yet. */
export function openGateway(
  settings: Settings,
  ports: { httpPort: number; mqttPort: number; log: Log },
): Gateway {
  const { host, brokerUrl, timeZone } = settings.gateway;
  return new Gateway(
    {
      dataDir: foldersOf(settings).gateway,
      host,
      httpPort: ports.httpPort,
      mqtt: brokerUrl
        ? { kind: "external", url: brokerUrl }
        : { kind: "embedded", port: ports.mqttPort },
      timeZone,
    },
    { clock, log: ports.log },
  );
}
