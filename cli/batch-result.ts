import type { Appliance } from "#device/app.ts";
import { median } from "#device/watch.ts";

export interface BatchResult {
  readonly frames: number;
  readonly faces: number;
  readonly tracks: number;
  /** Events to deliver in this run: made in it, or left waiting by one that was cut off. */
  readonly events: number;
  readonly admitted: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly stepUp: number;
  /** Of those events, how many the gateway has signed for, and how many its ledger holds. */
  readonly receipts: number;
  readonly ledgerEntries: number;
  readonly ledgerIntact: boolean;
  /** Medians; for a frame, and for a face in landmarks, embed and match. */
  readonly stageMs: Readonly<
    Record<"decode" | "detect" | "landmarks" | "embed" | "match" | "total", number>
  >;
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly enrolled: number;
  readonly photographsRefused: number;
  /** Pairs of enrolled people whom the gallery could mistake for each other. */
  readonly lookAlikes: number;
  /** Events that an earlier run made and this one delivered. */
  readonly carriedOver: number;
}

/** The median of each stage, in milliseconds. */
export function mediansOf(stageMs: Appliance["counts"]["stageMs"]): BatchResult["stageMs"] {
  const { decode, detect, landmarks, embed, match, total } = stageMs;
  const of = (values: readonly number[]) => round(median(values), 2);
  return {
    ...{ decode: of(decode), detect: of(detect), landmarks: of(landmarks) },
    ...{ embed: of(embed), match: of(match), total: of(total) },
  };
}

export function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** The result in words. */
export function describeBatch(result: BatchResult): string {
  const admitted = Object.entries(result.admitted);
  const names = admitted.map(([name, count]) => `  ${name}: ${count}`);
  return [
    `${result.frames} frames, ${result.faces} faces, ${result.tracks} tracks in ${result.seconds} s`,
    `admitted ${admitted.reduce((sum, [, count]) => sum + count, 0)}, refused ${result.refused}, asked for a card ${result.stepUp}`,
    ...names,
    `${result.events} events, ${result.receipts} receipts, ${result.ledgerEntries} ledger entries, ledger ${result.ledgerIntact ? "intact" : "BROKEN"}`,
  ].join("\n");
}
