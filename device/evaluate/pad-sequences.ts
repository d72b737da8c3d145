import type { RgbImage } from "#models/image.ts";
import { LivenessTrack } from "../liveness/liveness-track.ts";
import {
  defaultLivenessPolicy,
  judgeLiveness,
  type LivenessEvidence,
  type LivenessPolicy,
  strictLivenessPolicy,
} from "../liveness/verdict.ts";
import type { Vision } from "../vision/vision.ts";
import {
  attackKinds,
  liveKinds,
  makeSequence,
  type SequenceKind,
  type SequenceOptions,
} from "./attacks-sequence.ts";
import { middleFace } from "./face-set.ts";
import { type Rate, rateOf } from "./rates.ts";

export interface PadSequencePorts {
  readonly vision: Pick<Vision, "detect">;
  readImage(path: string): Promise<RgbImage>;
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

/** Errors of one way to use the verdicts, by kind of attack; terms of ISO/IEC 30107-3. */
interface OperatingPoint {
  /** Living faces that were not let on (bona fide presentation classification error rate). */
  readonly bpcer: Rate;
  readonly bpcerByKind: Readonly<Record<string, Rate>>;
  /** Attacks that were (attack presentation classification error rate). */
  readonly apcer: Readonly<Record<string, Rate>>;
  /** The kind that it stops least: the figure that counts. */
  readonly worst: string;
}

interface PolicyReport {
  /** Where liveness is required: only "passed" goes on. */
  readonly required: OperatingPoint;
  /** Where it is not: only "failed" is stopped. */
  readonly notRequired: OperatingPoint;
  /** How often each reason was given, by kind. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface PadSequenceReport {
  readonly videos: Readonly<Record<string, number>>;
  /** Videos in which no face could be followed: neither passed nor stopped, and in no rate. */
  readonly nonResponse: Readonly<Record<string, number>>;
  readonly usual: PolicyReport;
  readonly strict: PolicyReport;
}

/** A face that is seen in fewer frames is not followed. */
const framesMin = 8;

interface Judged {
  readonly kind: SequenceKind;
  readonly evidence: LivenessEvidence;
}

/**
 * Makes a video of every kind from each photograph and judges it as the door does: the same detector,
 * mesh and verdict. The living are made as well, so that their error rate is one of this generator.
 */
export async function evaluatePadSequences(
  photographs: readonly string[],
  ports: PadSequencePorts,
  options: SequenceOptions = {},
): Promise<PadSequenceReport> {
  const kinds = [...liveKinds, ...attackKinds];
  const judged: Judged[] = [];
  const nonResponse: Record<string, number> = {};
  for (const [seed, path] of photographs.entries()) {
    const photograph = await ports.readImage(path);
    const face = middleFace((await ports.vision.detect(photograph)).faces, photograph);
    for (const [done, kind] of kinds.entries()) {
      ports.signal.throwIfAborted();
      const sequence = face ? makeSequence(kind, photograph, face.landmarks, seed, options) : [];
      const evidence = await watchSequence(sequence, ports.vision);
      if (evidence) judged.push({ kind, evidence });
      else nonResponse[kind] = (nonResponse[kind] ?? 0) + 1;
      ports.onProgress(seed * kinds.length + done + 1, photographs.length * kinds.length);
    }
  }
  return {
    videos: Object.fromEntries(
      kinds.map((kind) => [kind, judged.filter((each) => each.kind === kind).length]),
    ),
    nonResponse,
    usual: reportOn(judged, defaultLivenessPolicy),
    strict: reportOn(judged, strictLivenessPolicy),
  };
}

/** What the door would know of one video; undefined where its face could not be followed. */
async function watchSequence(
  sequence: Iterable<{ readonly image: RgbImage; readonly atMs: number }>,
  vision: Pick<Vision, "detect">,
): Promise<LivenessEvidence | undefined> {
  const track = new LivenessTrack();
  let frames = 0;
  for (const { image, atMs } of sequence) {
    const face = middleFace((await vision.detect(image)).faces, image);
    if (!face) continue;
    track.add(image, face, atMs);
    frames += 1;
  }
  return frames >= framesMin ? track.evidence() : undefined;
}

function reportOn(judged: readonly Judged[], policy: LivenessPolicy): PolicyReport {
  const verdicts = judged.map(({ kind, evidence }) => ({
    kind,
    ...judgeLiveness(evidence, policy),
  }));
  const reasons: Record<string, Record<string, number>> = {};
  for (const verdict of verdicts) {
    reasons[verdict.kind] ??= {};
    const own = reasons[verdict.kind]!;
    for (const reason of verdict.reasons) own[reason] = (own[reason] ?? 0) + 1;
  }
  const point = (goesOn: (liveness: string) => boolean): OperatingPoint => {
    const rate = (ofKind: (kind: string) => boolean, counts: (on: boolean) => boolean) => {
      const own = verdicts.filter(({ kind }) => ofKind(kind));
      return rateOf(own.filter(({ liveness }) => counts(goesOn(liveness))).length, own.length);
    };
    const isLive = (kind: string) => liveKinds.some((live) => live === kind);
    const byKind = (kinds: readonly string[], counts: (on: boolean) => boolean) =>
      Object.fromEntries(kinds.map((kind) => [kind, rate((each) => each === kind, counts)]));
    const apcer = byKind(attackKinds, (on) => on);
    const [worst] = attackKinds.toSorted((a, b) => apcer[b]!.value - apcer[a]!.value);
    return {
      bpcer: rate(isLive, (on) => !on),
      bpcerByKind: byKind(liveKinds, (on) => !on),
      apcer,
      worst: worst!,
    };
  };
  return {
    required: point((liveness) => liveness === "passed"),
    notRequired: point((liveness) => liveness !== "failed"),
    reasons,
  };
}
