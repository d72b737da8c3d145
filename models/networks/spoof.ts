import type { RgbImage } from "../image.ts";
import { openInput } from "../kernel/network-input.ts";
import type { NetworkSession } from "../session.ts";
import { cropAround } from "../warp.ts";
import { eyeCentres, type FaceLandmarks } from "./mesh.ts";

/** What two small networks say of a still face. Measured to be weak: evidence, never a verdict. */
export interface SpoofScores {
  /** 0 spoofed, 1 real. */
  readonly real: number;
  /** 0 not live, 1 live. */
  readonly live: number;
}

const realSide = 128;
const liveSide = 32;
/** The crop is this many eye distances wide, as for the mesh. */
const cropEyeDistances = 3.4;

/** Scores one face as real or live. */
export class SpoofScorer {
  readonly #antispoof: NetworkSession;
  readonly #liveness: NetworkSession;
  readonly #realInput = openInput(3 * realSide ** 2);
  readonly #liveInput = openInput(3 * liveSide ** 2);

  constructor(antispoof: NetworkSession, liveness: NetworkSession) {
    this.#antispoof = antispoof;
    this.#liveness = liveness;
  }

  async score(image: RgbImage, landmarks: FaceLandmarks): Promise<SpoofScores> {
    const [left, right] = eyeCentres(landmarks);
    const [dx, dy] = [right.x - left.x, right.y - left.y];
    const size = Math.hypot(dx, dy) * cropEyeDistances;
    // The middle of a face lies half an eye distance below the eyes.
    const centre = { x: (left.x + right.x) / 2 - dy / 2, y: (left.y + right.y) / 2 + dx / 2 };
    const radians = Math.atan2(dy, dx);
    const { antispoof, liveness } = {
      antispoof: this.#antispoof.entry.preprocessing,
      liveness: this.#liveness.entry.preprocessing,
    };
    const realCrop = cropAround(centre, size, radians, realSide);
    this.#realInput.warp(image, realCrop, realSide, antispoof);
    const liveCrop = cropAround(centre, size, radians, liveSide);
    this.#liveInput.warp(image, liveCrop, liveSide, liveness);
    const { real } = await this.#antispoof.run(this.#realInput.values, [1, 3, realSide, realSide]);
    const { live } = await this.#liveness.run(this.#liveInput.values, [1, 3, liveSide, liveSide]);
    return { real: real!.data[0]!, live: live!.data[0]! };
  }
}
