import { randomInt } from "node:crypto";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { CalibrationRow } from "#models/calibration.ts";
import { LivenessJudge } from "../liveness/judge.ts";
import { appearanceOf } from "./appearance.ts";
import { defaultTrackerOptions, Tracker } from "./tracker.ts";

/** Most people blink or turn their head within this time; who does not is asked for a card. */
const livenessMsMax = 5_000;
/** A challenge that somebody could foresee would be none. */
const unforeseeable = () => randomInt(2 ** 32) / 2 ** 32;

/**
 * A tracker that knows the embedder's scores by their calibration, and where the policy requires it
 * somebody who judges the liveness of its tracks.
 */
export function openTracker(
  policy: ServicePolicy,
  calibration: readonly CalibrationRow[] = [],
): {
  readonly tracker: Tracker;
  readonly liveness: LivenessJudge | undefined;
} {
  const required = policy.method === "face" && policy.liveness === "required";
  const options = { ...defaultTrackerOptions, appearance: appearanceOf(calibration) };
  if (!required) return { tracker: new Tracker(options), liveness: undefined };
  const liveness = new LivenessJudge(unforeseeable);
  const patient = { ...options, decideAfterMs: livenessMsMax };
  return { tracker: new Tracker(patient, liveness), liveness };
}
