import type { CalibrationRow, LeadRow } from "#models/calibration.ts";
import type { Box, RgbImage } from "#models/image.ts";
import type { DetectedFace } from "#models/networks/detector.ts";
import { type FaceLandmarks, type FaceMesh, meshBounds } from "#models/networks/mesh.ts";
import { type NetworkChoice, openNetworks } from "#models/networks/open.ts";
import { SpoofScorer, type SpoofScores } from "#models/networks/spoof.ts";
import { type NetworkSession, openSession } from "#models/session.ts";
import { type PreparationProgress, prepareModels } from "#models/store.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { isPlainPatch } from "./plain-patch.ts";
import { assessQuality, type FaceQuality } from "./quality.ts";

/** A face in one frame: where it is, its mesh, and how usable it is. */
export interface Observation {
  readonly box: Box;
  readonly score: number;
  readonly landmarks: FaceLandmarks;
  readonly quality: FaceQuality;
}

export interface Detection {
  readonly faces: readonly Observation[];
  readonly detectMs: number;
  readonly landmarksMs: number;
}

/** From pixels to observations, and from an observation to a template. */
export interface Vision extends AsyncDisposable {
  /** The embedder's name: templates of different models never meet. */
  readonly model: string;
  readonly dimensions: number;
  /** What the embedder's scores promise; empty where nobody has measured it. */
  readonly calibration: readonly CalibrationRow[];
  /** What its searches promise; empty likewise. */
  readonly leads: readonly LeadRow[];
  detect(image: RgbImage): Promise<Detection>;
  /**
   * Finds the faces of the frame before again, without the detector: a quarter of the work. A face that
   * is gone is left out; who is new is not seen.
   */
  follow(image: RgbImage, before: readonly Observation[]): Promise<Detection>;
  /**
   * A template of unit length; the caller owns it and wipes it. With `turn`, the number of the frame
   * within its track, it is made of one crop in a quarter of the time, to be fused with others.
   */
  describe(image: RgbImage, face: Observation, turn?: number): Promise<Float32Array>;
  /** What the still picture says of a presentation attack: weak evidence, never a verdict. */
  scoreSpoof(image: RgbImage, face: Observation): Promise<SpoofScores>;
}

export interface VisionOptions extends NetworkChoice {
  readonly modelsDir?: string;
  readonly detectorScoreMin?: number;
  /** Faces down to this distance between the eyes are searched for, in tiles where it needs them. */
  readonly eyeDistancePxMin?: number;
  /** Threads inside one run of a network; 1 unless told. */
  readonly threads?: number;
  readonly onProgress?: (progress: PreparationProgress) => void;
}

const scoreMin = 0.5;
/** Weak detections, mostly of small and blurred faces, count only with a mesh that is sure. */
const weakScoreMin = 0.2;
const weakPresenceMin = 0.8;
/** Below this the mesh says that the detector was mistaken. */
const presenceMin = 0.3;
/**
 * A face that fills this share of the picture's shorter side is believed from this score on although the mesh
 * doubts it, which cannot read a covered or turned one, unless the mesh sees nothing at all (of drawn
 * ellipses it says 2e-4 as a rule, of faces in a mask and behind dark glasses 7e-4 at least) or nothing is there.
 */
const largeShareMin = 0.15;
const largeScoreMin = 0.65;
const largePresenceMin = 5e-4;
/** Only small and blurred faces are weaker than this; of a large one it is chance. */
const largeWeakMin = 0.3;

/** A mesh that has slipped off its face is less sure than this. */
const followedPresenceMin = 0.6;
/** From one frame to the next a face hardly grows or shrinks by more than this. */
const growthMax = 1.25;

function isFace({ score, box }: DetectedFace, presence: number, image: RgbImage): boolean {
  const share = Math.min(box.width, box.height) / Math.min(image.width, image.height);
  const isLarge = share >= largeShareMin;
  if (isLarge && score < largeWeakMin) return false;
  if (presence >= (score >= scoreMin ? presenceMin : weakPresenceMin)) return true;
  if (!isLarge || score < largeScoreMin || presence < largePresenceMin) return false;
  return !isPlainPatch(image, box);
}

/** Where the detector's box would be now, by how the mesh has moved and grown since. */
function movedBox({ box, landmarks }: Observation, now: FaceLandmarks) {
  const [from, to] = [meshBounds(landmarks), meshBounds(now)];
  const growth = to.size / from.size;
  const [width, height] = [box.width * growth, box.height * growth];
  const x = to.centre.x + (box.x + box.width / 2 - from.centre.x) * growth - width / 2;
  const y = to.centre.y + (box.y + box.height / 2 - from.centre.y) * growth - height / 2;
  return { box: { x, y, width, height }, growth };
}

async function followFaces(
  mesh: FaceMesh,
  image: RgbImage,
  before: readonly Observation[],
): Promise<readonly Observation[]> {
  const faces: Observation[] = [];
  for (const last of before) {
    const landmarks = await mesh.follow(image, last.landmarks);
    const { box, growth } = movedBox(last, landmarks);
    if (landmarks.presence < followedPresenceMin) continue;
    if (growth > growthMax || growth < 1 / growthMax) continue;
    faces.push({ box, score: last.score, landmarks, quality: assessQuality(image, landmarks) });
  }
  return apart(faces);
}

/** Two meshes that have slid onto one face are one face: the surer one stays. */
function apart(faces: readonly Observation[]): readonly Observation[] {
  const kept: Observation[] = [];
  for (const face of faces.toSorted((a, b) => b.landmarks.presence - a.landmarks.presence)) {
    const { centre, size } = meshBounds(face.landmarks);
    const isKnown = kept.some(({ landmarks }) => {
      const other = meshBounds(landmarks).centre;
      return Math.hypot(other.x - centre.x, other.y - centre.y) < size / 3;
    });
    if (!isKnown) kept.push(face);
  }
  return kept;
}

/** Opened at the first question: most doors never ask. */
function lazySpoof(modelsAt: { readonly cacheDir?: string }) {
  const sessions: NetworkSession[] = [];
  let spoof: Promise<SpoofScorer> | undefined;
  const open = async () => {
    const prepared = await prepareModels({ names: ["antispoof", "liveness"], ...modelsAt });
    for (const model of prepared.values()) sessions.push(await openSession(model));
    return new SpoofScorer(sessions[0]!, sessions[1]!);
  };
  return {
    sessions,
    open: () => {
      spoof ??= open();
      return spoof;
    },
  };
}

/** Opens the networks on the calling thread. `monotonic` measures the stages, in milliseconds. */
export async function createVision(
  monotonic: () => number,
  options: VisionOptions = {},
): Promise<Vision> {
  const {
    modelsDir,
    detectorScoreMin,
    eyeDistancePxMin,
    threads = 1,
    onProgress,
    ...choice
  } = options;
  const modelsAt = modelsDir === undefined ? {} : { cacheDir: modelsDir };
  const networks = await openNetworks({
    ...{ ...choice, ...modelsAt, threads },
    ...(onProgress ? { onProgress } : {}),
    search: {
      scoreMin: detectorScoreMin ?? weakScoreMin,
      ...(eyeDistancePxMin === undefined ? {} : { eyeDistancePxMin }),
    },
  });
  const { finder, mesh, describer } = networks;
  const spoof = lazySpoof(modelsAt);
  // The networks' inputs are used again and again: two callers at once would see one another's faces.
  const inTurn = oneAtATime();
  return {
    model: describer.model,
    dimensions: describer.dimensions,
    calibration: describer.calibration,
    leads: describer.leads,
    detect: async (image) =>
      await inTurn(async () => {
        const start = monotonic();
        const found = await finder.detect(image);
        const detected = monotonic();
        const faces: Observation[] = [];
        for (const face of found) {
          const landmarks = await mesh.landmarks(image, face);
          if (!isFace(face, landmarks.presence, image)) continue;
          const quality = assessQuality(image, landmarks);
          faces.push({ box: face.box, score: face.score, landmarks, quality });
        }
        return { faces, detectMs: detected - start, landmarksMs: monotonic() - detected };
      }),
    follow: async (image, before) =>
      await inTurn(async () => {
        const start = monotonic();
        const faces = await followFaces(mesh, image, before);
        return { faces, detectMs: 0, landmarksMs: monotonic() - start };
      }),
    describe: async (image, face, turn) =>
      await inTurn(() => describer.describe(image, face.landmarks, turn)),
    scoreSpoof: async (image, face) =>
      await inTurn(async () => {
        return await (await spoof.open()).score(image, face.landmarks);
      }),
    async [Symbol.asyncDispose]() {
      await inTurn(async () => {
        for (const part of [networks, ...spoof.sessions]) await part[Symbol.asyncDispose]();
      });
    },
  };
}
