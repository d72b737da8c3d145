import { statSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import { type CameraPorts, CameraSource } from "./camera.ts";
import type { FrameSource } from "./frame-source.ts";
import { ImageSource, imageFile } from "./images.ts";
import { KioskSource } from "./kiosk.ts";
import { VideoFileSource } from "./video-file.ts";

const accepted =
  "a folder of pictures, a picture, a video file, rtsp://… (or http://… for motion JPEG), " +
  "/dev/video0 or another V4L2 device, or kiosk";

/**
 * Opens a source from what somebody typed. Throws SOURCE_NOT_FOUND and lists what is accepted,
 * SOURCE_EMPTY, or FFMPEG_MISSING.
 */
export function openSource(spec: string, ports: CameraPorts): FrameSource {
  const { clock, log } = ports;
  const file = { monotonic: () => clock.monotonic(), log };
  if (spec === "kiosk") return new KioskSource(file);
  const stream = streamOptions(spec);
  if (stream) return new CameraSource({ input: spec, options: stream }, ports);
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

/**
 * How long a network camera may say nothing, and how long its stream is studied before the first
 * picture; ffmpeg counts in microseconds.
 */
const waitsUs = ["-timeout", "5000000", "-analyzeduration", "1000000"];

/** What ffmpeg is told of a camera's address, the protocols it may use above all; or undefined. */
function streamOptions(spec: string): readonly string[] | undefined {
  const protocol = URL.canParse(spec) ? new URL(spec).protocol : "";
  const allow = (protocols: string) => ["-protocol_whitelist", protocols, ...waitsUs];
  const low = ["-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "65536"];
  if (protocol === "rtsp:") return [...allow("rtsp,rtp,tcp,udp"), "-rtsp_transport", "tcp"];
  if (protocol === "rtsps:") return [...allow("rtsp,rtp,tcp,tls,udp"), "-rtsp_transport", "tcp"];
  if (protocol === "http:") return [...allow("http,tcp"), ...low];
  if (protocol === "https:") return [...allow("http,https,tcp,tls"), ...low];
  return protocol === "tcp:" ? [...allow("tcp"), ...low] : undefined;
}
