import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import type { Clock } from "#runtime/clock.ts";
import { theOneFace } from "../enrolment/one-face.ts";
import type { Observation, Vision } from "../vision/vision.ts";
import type { EnrolRequest, EnrolResult } from "./messages.ts";

export interface GuidedEnrolmentPorts {
  readonly vision: Pick<Vision, "describe">;
  readonly clock: Pick<Clock, "monotonic">;
  /** Keeps the person. Throws NAME_TAKEN, NAME_INVALID and what else the gallery throws. */
  keep(name: string, templates: readonly Float32Array[]): void;
  onProgress(taken: number, wanted: number): void;
}

interface Session {
  readonly request: EnrolRequest;
  readonly templates: Float32Array[];
  readonly startedAt: number;
  lastAt: number;
  busy: boolean;
  resolve(result: EnrolResult): void;
}

const framesWanted = 4;
/** Between two pictures, so that the person has moved a little. */
const pauseMs = 600;
/** Somebody who walked away is not waited for. */
const giveUpAfterMs = 45_000;
/** Pictures of one sitting are of one person: less alike than this (cosine), and it is refused. */
const alikeMin = 0.9;

/**
 * Enrols the person in front of the live camera: a few good pictures of one face, a little apart,
 * all of the same person. `offer` takes every frame; `enrol` begins, and one sitting runs at a time.
 */
export class GuidedEnrolment {
  readonly #ports: GuidedEnrolmentPorts;
  #session: Session | undefined;

  constructor(ports: GuidedEnrolmentPorts) {
    this.#ports = ports;
  }

  /** True while a sitting runs; decisions can then be held back from the screen. */
  get active(): boolean {
    return this.#session !== undefined;
  }

  async enrol(request: EnrolRequest, signal: AbortSignal): Promise<EnrolResult> {
    if (this.#session) {
      return { ok: false, code: "STOPPED", message: "somebody else is being enrolled" };
    }
    const startedAt = this.#ports.clock.monotonic();
    const cancel = () => this.#end({ ok: false, code: "STOPPED", message: "cancelled" });
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise<EnrolResult>((resolve) => {
        this.#session = { request, startedAt, lastAt: 0, busy: false, templates: [], resolve };
        this.#ports.onProgress(0, framesWanted);
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
    if (now - session.lastAt < pauseMs && session.templates.length > 0) return;
    const face = usableFace(faces);
    if (!face) return;
    session.busy = true;
    try {
      const template = await this.#ports.vision.describe(image, face);
      if (this.#session === session) this.#take(session, template, now);
      else template.fill(0);
    } catch (error) {
      this.#end(refusal(error));
    } finally {
      session.busy = false;
    }
  }

  #take(session: Session, template: Float32Array, now: number): void {
    const { templates, request } = session;
    const first = templates[0];
    templates.push(template);
    session.lastAt = now;
    if (first && cosine(first, template) < alikeMin) {
      const message = "the pictures show different people; let one person stand before the camera";
      this.#end({ ok: false, code: "FACE_AMBIGUOUS", message });
      return;
    }
    this.#ports.onProgress(templates.length, framesWanted);
    if (templates.length < framesWanted) return;
    try {
      this.#ports.keep(request.name, templates);
      this.#end({ ok: true });
    } catch (error) {
      this.#end(refusal(error));
    }
  }

  #end(result: EnrolResult): void {
    const session = this.#session;
    this.#session = undefined;
    for (const template of session?.templates ?? []) template.fill(0);
    session?.resolve(result);
  }
}

/** The one face of a frame, if it is good enough to be kept. */
function usableFace(faces: readonly Observation[]): Observation | undefined {
  try {
    const face = theOneFace(faces, "the camera's picture");
    return face.quality.reasons.length === 0 ? face : undefined;
  } catch {
    return undefined;
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
