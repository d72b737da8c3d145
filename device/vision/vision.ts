import type { CalibrationRow, LeadRow } from "#models/calibration.ts";
import type { Box, RgbImage } from "#models/image.ts";
import type { DetectedFace } from "#models/networks/detector.ts";
import type { FaceLandmarks } from "#models/networks/mesh.ts";
import { type NetworkChoice, openNetworks } from "#models/networks/open.ts";
import { SpoofScorer, type SpoofScores } from "#models/networks/spoof.ts";
import { type NetworkSession, openSession } from "#models/session.ts";
import { type PreparationProgress, prepareModels } from "#models/store.ts";
import { oneAtATime } from "./one-at-a-time.ts";
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
 * A face that fills this share of the picture's shorter side is believed from this score on without
 * the mesh, which cannot read a covered or turned one. What is mistaken for a face is small.
 */
const largeShareMin = 0.15;
const largeScoreMin = 0.65;

function isFace({ score, box }: DetectedFace, presence: number, image: RgbImage): boolean {
  const share = Math.min(box.width, box.height) / Math.min(image.width, image.height);
  if (share >= largeShareMin && score >= largeScoreMin) return true;
  return presence >= (score >= scoreMin ? presenceMin : weakPresenceMin);
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
  const spoofSessions: NetworkSession[] = [];
  // Opened at the first question: most doors never ask.
  let spoof: Promise<SpoofScorer> | undefined;
  const openSpoof = async () => {
    const prepared = await prepareModels({ names: ["antispoof", "liveness"], ...modelsAt });
    for (const model of prepared.values()) spoofSessions.push(await openSession(model));
    return new SpoofScorer(spoofSessions[0]!, spoofSessions[1]!);
  };
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
    describe: async (image, face, turn) =>
      await inTurn(() => describer.describe(image, face.landmarks, turn)),
    scoreSpoof: async (image, face) =>
      await inTurn(async () => {
        spoof ??= openSpoof();
        return await (await spoof).score(image, face.landmarks);
      }),
    async [Symbol.asyncDispose]() {
      await inTurn(async () => {
        for (const part of [networks, ...spoofSessions]) await part[Symbol.asyncDispose]();
      });
    },
  };
}
