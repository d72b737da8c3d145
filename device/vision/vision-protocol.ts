import type { ErrorCode } from "#contract/errors.ts";
import type { SpoofScores } from "#models/networks/spoof.ts";
import type { PreparationProgress } from "#models/store.ts";
import type { SharedPicture } from "./shared-pictures.ts";
import type { Detection, Observation, Vision, VisionOptions } from "./vision.ts";

/** What the networks' thread is started with. */
export type VisionThreadOptions = Omit<VisionOptions, "onProgress">;

/** What it is asked to do. */
export type VisionTask =
  | { readonly kind: "detect"; readonly picture: SharedPicture }
  | {
      readonly kind: "follow";
      readonly picture: SharedPicture;
      readonly before: readonly Observation[];
    }
  | {
      readonly kind: "describe";
      readonly picture: SharedPicture;
      readonly face: Observation;
      readonly turn: number | undefined;
    }
  | { readonly kind: "score-spoof"; readonly picture: SharedPicture; readonly face: Observation };

export type VisionRequest =
  | { readonly kind: "buffer"; readonly slot: number; readonly pixels: Uint8Array }
  | { readonly kind: "task"; readonly id: number; readonly task: VisionTask }
  | { readonly kind: "close" };

export type VisionAnswer = Detection | Float32Array | SpoofScores;

/** An error as plain data: its class does not survive the way between threads. */
export interface PlainError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
}

/** What is known of the networks once they are open. */
export type VisionAbout = Pick<Vision, "model" | "dimensions" | "calibration" | "leads">;

export type VisionReply =
  | { readonly kind: "progress"; readonly progress: PreparationProgress }
  | { readonly kind: "opened"; readonly about: VisionAbout }
  | { readonly kind: "failed"; readonly error: PlainError }
  | { readonly kind: "done"; readonly id: number; readonly answer: VisionAnswer }
  | { readonly kind: "refused"; readonly id: number; readonly error: PlainError };
