import { type Pace, paces } from "./governor/pace.ts";
import type { LivenessJudge } from "./liveness/judge.ts";
import type { Frame, FrameSource } from "./source/frame-source.ts";
import type { FaceTrack, Tracker } from "./tracks/tracker.ts";
import type { Detection, Observation, Vision } from "./vision/vision.ts";

/** Where the time of each frame went, in milliseconds; one number per frame or face. */
export interface StageTimes {
  readonly decode: number[];
  readonly detect: number[];
  readonly landmarks: number[];
  readonly embed: number[];
  readonly match: number[];
  readonly total: number[];
}

export interface WatchCounts {
  frames: number;
  faces: number;
  tracks: number;
  readonly stageMs: StageTimes;
}

/** Who says how much a box can do at the moment. */
export interface WatchGovernor {
  readonly pace: Pace;
  frameDone(busyMs: number): void;
  /** Waits out the rest of a frame's least time. */
  rest(spentMs: number): Promise<void>;
}

export interface WatchPorts {
  readonly source: FrameSource;
  readonly vision: Vision;
  readonly tracker: Tracker;
  /** Judges who is alive; left out where no policy asks. The tracker's own one. */
  readonly liveness?: Pick<LivenessJudge, "see"> | undefined;
  monotonic(): number;
  follow(track: FaceTrack): Promise<unknown>;
  /** How often to look, where the source is live; a file is looked at frame by frame. */
  readonly governor?: WatchGovernor | undefined;
  /** What the screen may draw; called for every frame, whose pixels are free when it resolves. */
  onFrame(faces: readonly Observation[], frame: Frame): Promise<void>;
}

/** How many measurements a running appliance keeps: the newest, enough for a median. */
const measurementsMax = 1_000;

export function emptyCounts(): WatchCounts {
  const stageMs = { decode: [], detect: [], landmarks: [], embed: [], match: [], total: [] };
  return { frames: 0, faces: 0, tracks: 0, stageMs };
}

/**
 * Watches a source until it ends or `signal` aborts: every frame is searched for faces, faces are
 * joined into tracks, and each track that is ready is followed to its one decision.
 */
export async function watchSource(
  ports: WatchPorts,
  counts: WatchCounts,
  signal: AbortSignal,
): Promise<void> {
  const governor = ports.source.live ? ports.governor : undefined;
  const look = lookout(ports.vision, governor);
  for await (const frame of ports.source.frames(signal)) {
    const start = ports.monotonic();
    await watchFrame(frame, look, ports, counts);
    const spentMs = ports.monotonic() - start;
    governor?.frameDone(spentMs);
    await governor?.rest(spentMs);
    if (signal.aborted) break;
  }
  await followAll(ports.tracker.finish(), ports, counts);
}

type Look = (frame: Frame) => Promise<Detection>;

/** Finds the faces of a frame: the detector's on every n-th one, in between those of the frame before. */
function lookout(vision: Pick<Vision, "detect" | "follow">, governor?: WatchGovernor): Look {
  let last: { readonly scene: number; readonly faces: readonly Observation[] } | undefined;
  let followed = 0;
  return async ({ image, scene }) => {
    const { detectEvery } = governor?.pace ?? paces[0]!;
    const isFollowed = last?.scene === scene && followed + 1 < detectEvery;
    followed = isFollowed ? followed + 1 : 0;
    const seen = isFollowed ? await vision.follow(image, last!.faces) : await vision.detect(image);
    last = { scene, faces: seen.faces };
    return seen;
  };
}

async function watchFrame(
  frame: Frame,
  look: Look,
  ports: WatchPorts,
  counts: WatchCounts,
): Promise<void> {
  const { vision, tracker, monotonic } = ports;
  const { stageMs } = counts;
  const start = monotonic();
  await followAll(tracker.leave(frame.scene), ports, counts);
  const { faces, detectMs, landmarksMs } = await look(frame);
  counts.frames += 1;
  counts.faces += faces.length;
  measure(stageMs.decode, frame.decodeMs);
  measure(stageMs.detect, detectMs);
  if (faces.length > 0) measure(stageMs.landmarks, landmarksMs / faces.length);
  // A still picture is all there is of a face; the frames of a video share the work.
  const isStill = ports.source.kind === "images";
  const { seen, toDescribe } = tracker.step(faces, frame.capturedAt, frame.scene, isStill);
  for (const { track, face } of seen) {
    ports.liveness?.see(track, frame.image, face, frame.capturedAt);
  }
  for (const { face, turn } of toDescribe) {
    const before = monotonic();
    const template = await vision.describe(frame.image, face, isStill ? undefined : turn);
    tracker.describe({ face }, template);
    template.fill(0); // The track has its own copy; this one is not needed any more.
    measure(stageMs.embed, monotonic() - before);
  }
  await ports.onFrame(faces, frame);
  await followAll(tracker.ready(frame.capturedAt), ports, counts);
  measure(stageMs.total, frame.decodeMs + monotonic() - start);
}

async function followAll(
  tracks: readonly FaceTrack[],
  ports: WatchPorts,
  counts: WatchCounts,
): Promise<void> {
  for (const track of tracks) {
    const start = ports.monotonic();
    await ports.follow(track);
    track.template?.fill(0);
    counts.tracks += 1;
    measure(counts.stageMs.match, ports.monotonic() - start);
  }
}

function measure(list: number[], value: number): void {
  list.push(value);
  if (list.length > measurementsMax) list.shift();
}

/** The median, or 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
