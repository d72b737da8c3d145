import { createVision, type VisionOptions } from "#device/vision/vision.ts";
import type { NetworkChoice } from "#models/networks/open.ts";
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
) {
  const bar = progressBar(io);
  return await createVision(() => clock.monotonic(), {
    ...{ ...options, ...networkChoice(settings) },
    onProgress({ name, state, done, total }) {
      if (state !== "ready") bar({ label: `preparing the network ${name}`, done, total });
    },
  });
}
