import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema } from "#contract/ids.ts";
import { boxStates } from "#gateway/gallery/box-states.ts";
import type { GalleryRequest } from "#gateway/gallery/galleries.ts";
import { openGalleriesFile } from "#gateway/gallery/galleries.ts";
import { type Io, printResult } from "./io.ts";
import { openConsents } from "./open-consents.ts";
import { foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

/** Prints which box holds which state of its gallery, by what it has signed; its last heartbeat is the gateway's to show. */
export async function galleryState(settings: CommandSettings, json: boolean, io: Io) {
  await using open = openConsents(settings);
  const boxes = boxStates(open.file, open.galleries, () => undefined).map(
    ({ device, service, rows, digest, orders }) => ({ device, service, rows, digest, orders }),
  );
  const lines = boxes.map(
    ({ device, service, rows, digest, orders: { made, followed } }) =>
      `${device}  ${service}  ${rows} people  ${digest}  followed ${followed} of ${made} orders`,
  );
  printResult(io, json, { boxes }, () => lines.join("\n") || "no box keeps a gallery on consents");
  return 0;
}

/** Leaves a request to the running gateway, which follows it within a second. */
export function askGateway(
  settings: CommandSettings,
  action: "sync" | "rekey",
  box: string | undefined,
  json: boolean,
  io: Io,
): number {
  using file = openGalleriesFile(foldersOf(settings).gateway);
  const request = requestOf(action, box);
  file.ask(request);
  printResult(io, json, { asked: request }, () => "the running gateway follows within a second");
  return 0;
}

function requestOf(action: "sync" | "rekey", box: string | undefined): GalleryRequest {
  if (action === "rekey") return { ask: "rekey" };
  const device = deviceIdSchema.safeParse(box);
  if (device.success) return { ask: "sync", device: device.data };
  throw new TeburaError("USAGE", "tebura gallery sync takes the id of a box");
}
