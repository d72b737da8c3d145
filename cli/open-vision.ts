import { openVisionThread } from "#device/vision/open-vision-thread.ts";
import { createVision, type Vision, type VisionOptions } from "#device/vision/vision.ts";
import type { NetworkChoice } from "#models/networks/open.ts";
import { chooseThreads } from "#models/threads.ts";
import type { Log } from "#runtime/log.ts";
import type { Io } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { progressBar } from "./progress.ts";
import type { CommandSettings } from "./settings.ts";

/** The networks that the configuration names, and where the added ones are. */
export function networkChoice(settings: CommandSettings): NetworkChoice {
  return { ...settings.device.models, customDir: foldersOf(settings).models };
}

/** Opens the face networks, and shows the conversion that a first start needs. */
export async function openVision(
  io: Io,
  settings: CommandSettings,
  options: Pick<VisionOptions, "eyeDistancePxMin"> = {},
): Promise<Vision> {
  return await createVision(() => clock.monotonic(), {
    ...{ ...options, ...networkChoice(settings) },
    onProgress: preparationBar(io),
  });
}

/**
 * The same for a box that runs: on a thread of its own, so that nobody waits for a network, with as many
 * threads for each run as pay on this machine.
 */
export async function openLiveVision(io: Io, settings: CommandSettings, log: Log): Promise<Vision> {
  const onProgress = preparationBar(io);
  const monotonic = () => clock.monotonic();
  const { threads, timings, isNew } = await chooseThreads({ monotonic, onProgress });
  if (isNew) {
    for (const { threads: count, ms } of timings) log("vision.timed", { count, durationMs: ms });
  }
  log("vision.threads", { count: threads });
  return await openVisionThread({ ...networkChoice(settings), threads, onProgress });
}

function preparationBar(io: Io): NonNullable<VisionOptions["onProgress"]> {
  const bar = progressBar(io);
  return ({ name, state, done, total }) => {
    if (state !== "ready") bar({ label: `preparing the network ${name}`, done, total });
  };
}
