import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Observation, Vision } from "../vision/vision.ts";
import { type Pose, sightOf } from "./enrolment-hints.ts";
import type { EnrolmentHint, EnrolmentProgress, EnrolRequest, EnrolResult } from "./messages.ts";

export interface GuidedEnrolmentPorts {
  readonly vision: Pick<Vision, "describe">;
  readonly clock: Pick<Clock, "monotonic">;
  /** Whether a mask or dark glasses seem to lie over a face; left out, nobody is asked to uncover it. */
  isCovered?(image: RgbImage, face: Observation): boolean;
  /**
   * Keeps the person, and tells whether they were enrolled before. Throws NAME_TAKEN, NAME_INVALID and
   * what else the gallery and a card throw.
   */
  keep(
    request: EnrolRequest,
    templates: readonly Float32Array[],
    signal: AbortSignal,
  ): Promise<{ readonly renewed: boolean }>;
  /** Called when something has changed for the person. */
  onProgress(progress: EnrolmentProgress): void;
}

interface Session {
  readonly request: EnrolRequest;
  readonly signal: AbortSignal;
  readonly keep: GuidedEnrolmentPorts["keep"];
  readonly templates: Float32Array[];
  readonly startedAt: number;
  /** When the pose was asked for that is waited for now. */
  askedAt: number;
  /** The best picture of this pose so far, while better ones may still come. */
  best:
    | { readonly template: Float32Array; readonly overall: number; readonly until: number }
    | undefined;
  hint: EnrolmentHint | undefined;
  hintAt: number;
  busy: boolean;
  resolve(result: EnrolResult): void;
}

/** Ahead first and last: that is how people stand at a door. */
const poses: readonly Pose[] = ["front", "left", "right", "front"];
/** Between two pictures, so that the person has moved a little. */
const pauseMs = 600;
/** After a good picture it is looked for a better one of the same pose for so long. */
const bestWithinMs = 350;
/** Who has not turned, or uncovered the face, by then is taken as they are: not everybody can. */
const asIsAfterMs = 6_000;
/** A hint stays long enough to be read. */
const hintMsMin = 700;
/** Somebody who walked away is not waited for. */
const giveUpAfterMs = 45_000;
/** Pictures of one sitting are of one person: less alike than this (cosine), and it is refused. */
const alikeMin = 0.9;

/**
 * Enrols the person in front of the live camera: a few good pictures of one face, the best of each
 * pose, all of the same person, with a hint at every moment about what would make the next one good.
 * `offer` takes every frame; `enrol` begins, and one sitting runs at a time.
 */
export class GuidedEnrolment {
  readonly #ports: GuidedEnrolmentPorts;
  #session: Session | undefined;
  #progress: EnrolmentProgress | undefined;

  constructor(ports: GuidedEnrolmentPorts) {
    this.#ports = ports;
  }

  /** True while a sitting runs; decisions can then be held back from the screen. */
  get active(): boolean {
    return this.#session !== undefined;
  }

  /** What the person was last told; undefined while no sitting runs. */
  get progress(): EnrolmentProgress | undefined {
    return this.#session && this.#progress;
  }

  /** One sitting. Whoever has more to do with the templates gives another `keep`. */
  async enrol(
    request: EnrolRequest,
    signal: AbortSignal,
    keep: GuidedEnrolmentPorts["keep"] = this.#ports.keep,
  ): Promise<EnrolResult> {
    if (this.#session) {
      return { ok: false, code: "STOPPED", message: "somebody else is being enrolled" };
    }
    const now = this.#ports.clock.monotonic();
    const cancel = () => this.#end({ ok: false, code: "STOPPED", message: "cancelled" });
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise<EnrolResult>((resolve) => {
        const times = { startedAt: now, askedAt: now, hintAt: now - hintMsMin };
        const nothingYet = { templates: [], best: undefined, hint: undefined, busy: false };
        this.#session = { request, signal, keep, ...times, ...nothingYet, resolve };
        this.#tell(this.#session, "look-here", now);
        if (signal.aborted) cancel();
      });
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /**
   * Takes what was seen in a frame. Resolves when the frame is no longer needed; a caller that
   * reuses a frame's memory must wait for it.
   */
  async offer(faces: readonly Observation[], image: RgbImage): Promise<void> {
    const session = this.#session;
    if (!session || session.busy) return;
    const now = this.#ports.clock.monotonic();
    if (now - session.startedAt > giveUpAfterMs) {
      const message = "no usable picture was taken in time; come closer and look at the camera";
      this.#end({ ok: false, code: "TIMEOUT", message });
      return;
    }
    session.busy = true;
    try {
      await this.#look(session, faces, image, now);
    } catch (error) {
      this.#end(refusal(error));
    } finally {
      session.busy = false;
    }
  }

  async #look(
    session: Session,
    faces: readonly Observation[],
    image: RgbImage,
    now: number,
  ): Promise<void> {
    if (session.best && now >= session.best.until) return await this.#take(session, now);
    if (session.templates.length > 0 && now - session.askedAt < pauseMs) return;
    const pose = poses[session.templates.length] ?? "front";
    const { face, hint } = sightOf(faces, {
      ...{ pose, asIs: now - session.askedAt > asIsAfterMs },
      isCovered: (seen) => this.#ports.isCovered?.(image, seen) ?? false,
    });
    if (!session.best) this.#tell(session, hint, now);
    if (!face || face.quality.overall <= (session.best?.overall ?? -1)) return;
    const template = await this.#ports.vision.describe(image, face);
    if (this.#session !== session) {
      template.fill(0);
      return;
    }
    session.best?.template.fill(0);
    const until = session.best?.until ?? now + bestWithinMs;
    session.best = { template, overall: face.quality.overall, until };
  }

  /** Keeps the best picture of a pose, and asks for the next one. */
  async #take(session: Session, now: number): Promise<void> {
    const { templates, request, best, signal, keep } = session;
    if (!best) return;
    templates.push(best.template);
    session.best = undefined;
    session.askedAt = now;
    const [first] = templates;
    if (first && cosine(first, best.template) < alikeMin) {
      const message = "the pictures show different people; let one person stand before the camera";
      this.#end({ ok: false, code: "FACE_AMBIGUOUS", message });
      return;
    }
    const next = poses[templates.length];
    session.hintAt = now - hintMsMin;
    session.hint = undefined;
    this.#tell(session, next === "left" || next === "right" ? `turn-${next}` : "look-here", now);
    if (next !== undefined) return;
    const { renewed } = await keep(request, templates, signal);
    this.#end({ ok: true, renewed });
  }

  #tell(session: Session, hint: EnrolmentHint, now: number): void {
    if (hint === session.hint || now - session.hintAt < hintMsMin) return;
    session.hint = hint;
    session.hintAt = now;
    const { length: taken } = session.templates;
    this.#progress = { taken, wanted: poses.length, hint };
    this.#ports.onProgress(this.#progress);
  }

  #end(result: EnrolResult): void {
    const session = this.#session;
    this.#session = undefined;
    for (const template of session?.templates ?? []) template.fill(0);
    session?.best?.template.fill(0);
    session?.resolve(result);
  }
}

function refusal(error: unknown): EnrolResult {
  if (!(error instanceof TeburaError)) throw error;
  return { ok: false, code: error.code, message: error.message };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
