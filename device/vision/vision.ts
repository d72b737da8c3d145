import type { Box, RgbImage } from "#models/image.ts";
import { FaceDescriptor } from "#models/networks/descriptor.ts";
import { FaceDetector } from "#models/networks/detector.ts";
import { type FaceLandmarks, FaceMesh } from "#models/networks/mesh.ts";
import { type NetworkSession, openSession } from "#models/session.ts";
import { type PreparationProgress, prepareModels } from "#models/store.ts";
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
  detect(image: RgbImage): Promise<Detection>;
  /** A template of unit length; the caller owns it and wipes it. */
  describe(image: RgbImage, face: Observation): Promise<Float32Array>;
}

export interface VisionOptions {
  readonly modelsDir?: string;
  readonly detectorScoreMin?: number;
  readonly onProgress?: (progress: PreparationProgress) => void;
}

/** Below this the mesh says that the detector was mistaken. */
const presenceMin = 0.3;

/** Opens the networks on the calling thread. `monotonic` measures the stages, in milliseconds. */
export async function createVision(
  monotonic: () => number,
  { modelsDir, detectorScoreMin, onProgress }: VisionOptions = {},
): Promise<Vision> {
  const models = await prepareModels({
    names: ["blazeface", "facemesh", "dlib-resnet"],
    ...(modelsDir === undefined ? {} : { cacheDir: modelsDir }),
    ...(onProgress ? { onProgress } : {}),
  });
  const sessions: NetworkSession[] = [];
  for (const model of models.values()) sessions.push(await openSession(model));
  const [detectorSession, meshSession, descriptorSession] = sessions;
  const detector = new FaceDetector(
    detectorSession!,
    detectorScoreMin === undefined ? {} : { scoreMin: detectorScoreMin },
  );
  const mesh = new FaceMesh(meshSession!);
  const descriptor = new FaceDescriptor(descriptorSession!);
  return {
    model: descriptor.model,
    dimensions: descriptor.dimensions,
    async detect(image) {
      const start = monotonic();
      const found = await detector.detect(image);
      const detected = monotonic();
      const faces: Observation[] = [];
      for (const face of found) {
        const landmarks = await mesh.landmarks(image, face);
        if (landmarks.presence < presenceMin && face.score < 0.75) continue;
        const quality = assessQuality(image, landmarks);
        faces.push({ box: face.box, score: face.score, landmarks, quality });
      }
      return { faces, detectMs: detected - start, landmarksMs: monotonic() - detected };
    },
    describe: async (image, face) => await descriptor.describe(image, face.landmarks),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) await session[Symbol.asyncDispose]();
    },
  };
}
