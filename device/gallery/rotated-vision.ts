import { digestOf } from "#contract/digest.ts";
import type { Vision } from "../vision/vision.ts";
import { createRotation } from "./rotation.ts";

/**
 * The name under which a gallery keeps its templates: the embedder's, and which secret rotation they
 * went through. Templates of another rotation match nothing, so they are refused like those of
 * another model.
 */
export function templateModelOf(model: string, rotationSeed: Uint8Array): string {
  return `${model}+${digestOf("tebura-rotation-name\0", rotationSeed).slice(0, 8)}`;
}

/**
 * Vision whose templates leave it rotated by the deployment's secret: what enrolment stores and what
 * a search probes with. The plain template is wiped at once and reaches neither store nor index.
 * Disposing it wipes the rotation and leaves `vision` to its owner.
 */
export function rotatedVision(vision: Vision, rotationSeed: Uint8Array): Vision {
  const rotation = createRotation(rotationSeed, vision.dimensions);
  return {
    ...vision,
    async describe(image, face, turn) {
      const plain = await vision.describe(image, face, turn);
      const rotated = rotation.rotate(plain);
      plain.fill(0);
      return rotated;
    },
    async [Symbol.asyncDispose]() {
      rotation[Symbol.dispose]();
    },
  };
}
