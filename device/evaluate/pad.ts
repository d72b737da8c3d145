import type { RgbImage } from "#models/image.ts";
import type { Vision } from "../vision/vision.ts";
import { attackTypes, makeAttack } from "./attacks.ts";
import { middleFace } from "./face-set.ts";
import { evaluatePadSequences, type PadSequenceReport } from "./pad-sequences.ts";
import { type Rate, rateOf } from "./rates.ts";

export interface PadPorts {
  readonly vision: Pick<Vision, "detect" | "scoreSpoof">;
  readImage(path: string): Promise<RgbImage>;
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

interface NetworkPad {
  /** Bona fide faces refused (BPCER) are held at 5 %; attacks that pass (APCER), by their type. */
  readonly threshold: number;
  readonly bpcer: Rate;
  readonly apcer: Readonly<Record<string, Rate>>;
  /** The share of bona fide and attack pairs that are in the right order; 0.5 is chance. */
  readonly auc: Readonly<Record<string, number>>;
}

export interface PadReport {
  readonly bonaFide: number;
  readonly attacks: Readonly<Record<string, number>>;
  readonly antispoof: NetworkPad;
  readonly liveness: NetworkPad;
  /** What a video shows beyond a still picture; absent where no videos were asked for. */
  readonly sequences?: PadSequenceReport;
}

const bpcerAllowed = 0.05;

/**
 * Attack and bona fide classification errors (ISO/IEC 30107-3): of the still-picture networks on every
 * photograph, and of what videos show, made from `videos` of them, spread over the list.
 */
export async function evaluatePad(
  photographs: readonly string[],
  ports: PadPorts,
  videos = 0,
): Promise<PadReport> {
  const scores = new Map<string, { real: number; live: number }[]>();
  const score = async (image: RgbImage, kind: string) => {
    const face = middleFace((await ports.vision.detect(image)).faces, image);
    if (!face) return;
    const list = scores.get(kind) ?? [];
    scores.set(kind, [...list, await ports.vision.scoreSpoof(image, face)]);
  };
  for (const [index, path] of photographs.entries()) {
    ports.signal.throwIfAborted();
    const photograph = await ports.readImage(path);
    await score(photograph, "bona-fide");
    for (const type of attackTypes) await score(makeAttack(photograph, type, index), type);
    ports.onProgress(index + 1, photographs.length);
  }
  const of = (kind: string, key: "real" | "live") =>
    (scores.get(kind) ?? []).map((value) => value[key]);
  const network = (key: "real" | "live"): NetworkPad => {
    const live = of("bona-fide", key).toSorted((a, b) => a - b);
    const threshold = live[Math.floor(bpcerAllowed * live.length)] ?? 0;
    const refused = live.filter((value) => value < threshold).length;
    const byType = <T>(rate: (attacks: readonly number[]) => T) =>
      Object.fromEntries(attackTypes.map((type) => [type, rate(of(type, key))]));
    return {
      threshold,
      bpcer: rateOf(refused, live.length),
      apcer: byType((a) => rateOf(a.filter((value) => value >= threshold).length, a.length)),
      auc: byType((attacks) => areaUnderCurve(live, attacks)),
    };
  };
  const filmed = photographs.filter(
    (_, i) =>
      Math.floor((i * videos) / photographs.length) !==
      Math.floor(((i - 1) * videos) / photographs.length),
  );
  return {
    bonaFide: of("bona-fide", "real").length,
    attacks: Object.fromEntries(attackTypes.map((type) => [type, of(type, "real").length])),
    antispoof: network("real"),
    liveness: network("live"),
    ...(videos > 0 ? { sequences: await evaluatePadSequences(filmed, ports) } : {}),
  };
}

function areaUnderCurve(live: readonly number[], attacks: readonly number[]): number {
  let wins = 0;
  for (const a of live) for (const b of attacks) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / Math.max(1, live.length * attacks.length);
}
