import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";

/** Something that ffmpeg can read, as arguments that cannot be taken for anything else. */
export interface FfmpegInput {
  readonly kind: "video" | "camera";
  readonly live: boolean;
  readonly args: readonly string[];
  /** For a log or a message: no password, no query. */
  readonly label: string;
}

/** A camera that sends nothing for so long is taken for lost. */
const networkTimeoutMicroseconds = 5_000_000;

const protocols: Readonly<Record<string, string>> = {
  "rtsp:": "rtsp,rtp,tcp,udp",
  "rtsps:": "rtsp,rtsps,rtp,tcp,tls,udp",
  "http:": "http,tcp",
  "https:": "http,https,tcp,tls",
  "tcp:": "tcp",
};

export function isStreamUrl(spec: string): boolean {
  return URL.canParse(spec) && new URL(spec).protocol in protocols;
}

export function isVideoDevice(spec: string): boolean {
  return /^\/dev\/(video\d+|v4l\/by-(id|path)\/[\w.:+-]+)$/.test(spec);
}

/** A camera on the network: RTSP, or motion JPEG over HTTP or TCP. */
export function streamInput(spec: string): FfmpegInput {
  const url = new URL(spec);
  const rtsp = url.protocol.startsWith("rtsp");
  const timeout = ["-timeout", String(networkTimeoutMicroseconds)];
  return {
    kind: "camera",
    live: true,
    args: [
      ...["-protocol_whitelist", protocols[url.protocol] ?? "tcp"],
      ...["-fflags", "nobuffer", "-flags", "low_delay"],
      ...(rtsp ? ["-rtsp_transport", "tcp"] : []),
      ...timeout,
      ...["-i", url.href],
    ],
    label: `${url.protocol}//${url.host}${url.pathname}`,
  };
}

/** A camera on this machine. Throws SOURCE_NOT_FOUND where it is not plugged in. */
export function deviceInput(path: string): FfmpegInput {
  if (!existsSync(path)) {
    throw new TeburaError(
      "SOURCE_NOT_FOUND",
      `there is no camera at ${path}; plug it in, or list what there is with: ls /dev/video*`,
    );
  }
  return { kind: "camera", live: true, args: ["-f", "v4l2", "-i", path], label: path };
}

/** A video file. Throws SOURCE_NOT_FOUND for a missing one, SOURCE_EMPTY for one of no bytes. */
export function fileInput(path: string): FfmpegInput {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile()) throw new TeburaError("SOURCE_NOT_FOUND", `there is no video at ${path}`);
  if (file.size === 0) throw new TeburaError("SOURCE_EMPTY", `the video ${path} is empty`);
  // An absolute path after "file:" is neither an option nor another protocol, whatever its name,
  // and a playlist in the file cannot reach the network.
  const args = ["-protocol_whitelist", "file", "-i", `file:${resolve(path)}`];
  return { kind: "video", live: false, args, label: path };
}

/** The whole command line: pictures as PPM on standard output, no larger than `sidePx` a side. */
export function ffmpegArgs(input: FfmpegInput, sidePx: number): string[] {
  const fit = `scale=w='min(${sidePx},iw)':h='min(${sidePx},ih)':force_original_aspect_ratio=decrease`;
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-v", "error"],
    ...input.args,
    ...["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", fit],
    // Every decoded frame once: neither repeated nor dropped to keep a steady rate.
    ...["-fps_mode", "passthrough", "-pix_fmt", "rgb24"],
    ...["-c:v", "ppm", "-f", "image2pipe", "-flush_packets", "1", "pipe:1"],
  ];
}
