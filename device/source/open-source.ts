import { statSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import { type CameraPorts, CameraSource } from "./camera.ts";
import type { FrameSource } from "./frame-source.ts";
import { ImageSource, imageFile } from "./images.ts";
import { KioskSource } from "./kiosk.ts";
import { VideoFileSource } from "./video-file.ts";

const accepted =
  "a folder of pictures, a picture, a video file, rtsp://…, /dev/video0 or another V4L2 device, or kiosk";

/**
 * Opens a source from what somebody typed. Throws SOURCE_NOT_FOUND and lists what is accepted,
 * SOURCE_EMPTY, or FFMPEG_MISSING.
 */
export function openSource(spec: string, ports: CameraPorts): FrameSource {
  const { clock, log } = ports;
  const file = { monotonic: () => clock.monotonic(), log };
  if (spec === "kiosk") return new KioskSource(file);
  if (/^rtsps?:\/\//.test(spec)) {
    return new CameraSource({ input: spec, options: ["-rtsp_transport", "tcp"] }, ports);
  }
  if (/^\/dev\/video\d+$/.test(spec)) {
    return new CameraSource({ input: spec, options: ["-f", "v4l2"] }, ports);
  }
  const found = statSync(spec, { throwIfNoEntry: false });
  if (!found) {
    throw new TeburaError("SOURCE_NOT_FOUND", `there is no source "${spec}"; it takes ${accepted}`);
  }
  if (found.isDirectory() || imageFile.test(spec)) return new ImageSource(spec, file);
  if (found.isFIFO()) return new CameraSource({ input: `file:${spec}`, options: [] }, ports);
  return new VideoFileSource(spec, file);
}
