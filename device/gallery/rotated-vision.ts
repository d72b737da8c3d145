import { rotationName } from "#contract/rotation-name.ts";
import type { Vision } from "../vision/vision.ts";
import { createRotation } from "./rotation.ts";

/**
 * The name under which a gallery keeps its templates: the embedder's, and which secret rotation they
 * went through. Templates of another rotation match nothing, so they are refused like those of
 * another model.
 */
export function templateModelOf(model: string, rotationSeed: Uint8Array): string {
  return `${model}+${rotationName(rotationSeed)}`;
}

/** Vision whose templates leave it rotated; a new secret of the deployment turns it to another rotation. */
export interface RotatedVision extends Vision {
  turnTo(rotationSeed: Uint8Array): void;
}

/**
 * Vision whose templates leave it rotated by the deployment's secret: what enrolment stores and what
 * a search probes with. The plain template is wiped at once and reaches neither store nor index.
 * Disposing it wipes the rotation and leaves `vision` to its owner.
 */
export function rotatedVision(vision: Vision, rotationSeed: Uint8Array): RotatedVision {
  let rotation = createRotation(rotationSeed, vision.dimensions);
  return {
    ...vision,
    async describe(image, face, turn) {
      // What is described while the secret changes belongs to the rotation that it ends in.
      const plain = await vision.describe(image, face, turn);
      const rotated = rotation.rotate(plain);
      plain.fill(0);
      return rotated;
    },
    turnTo(seed) {
      const before = rotation;
      rotation = createRotation(seed, vision.dimensions);
      before[Symbol.dispose]();
    },
    async [Symbol.asyncDispose]() {
      rotation[Symbol.dispose]();
    },
  };
}
