import { createVision } from "#device/vision/vision.ts";
import type { Io } from "./io.ts";
import { clock } from "./parts.ts";
import { progressBar } from "./progress.ts";

/** Opens the face networks, and shows the conversion that a first start needs. */
export async function openVision(io: Io) {
  const bar = progressBar(io);
  return await createVision(() => clock.monotonic(), {
    onProgress({ name, state, done, total }) {
      if (state !== "ready") bar({ label: `preparing the network ${name}`, done, total });
    },
  });
}
