import { openInput } from "../kernel/network-input.ts";
import type { CandidateNetwork } from "../networks/detector.ts";
import { type Candidate, decodeBlazeface } from "../networks/detector.ts";
import type { NetworkOutput } from "../session.ts";
import type { DetectorEntry } from "./entry.ts";
import { feed } from "./feed.ts";
import type { CustomNetwork } from "./network.ts";

type Outputs = Readonly<Record<string, NetworkOutput>>;

/** A detector of somebody else's making, as the common search over picture and tiles wants it. */
export function customDetector(network: CustomNetwork, entry: DetectorEntry): CandidateNetwork {
  const { side } = entry.input;
  const input = openInput(3 * side * side);
  return {
    side,
    async candidates(image, crop, scoreMin) {
      feed(image, crop, side, entry, input);
      const outputs = await network.run(input.values);
      if (entry.kind === "yunet") return decodeYunet(outputs, scoreMin, side);
      const scores = outputs[entry.outputs.scores]!.data;
      return decodeBlazeface(
        outputs[entry.outputs.boxes]!.data,
        entry.scoresAreLogits ? scores.map((x) => 1 / (1 + Math.exp(-x))) : scores,
        ...([scoreMin, side] as const),
      );
    },
  };
}

/**
 * YuNet (Wu et al., 2023): one anchor for each cell of three grids, row by row. The score is the
 * geometric mean of class and objectness; boxes are relative to the cell's corner, sizes logarithms,
 * both in cells; the five points are the eyes, the nose tip and the corners of the mouth.
 */
export function decodeYunet(outputs: Outputs, scoreMin: number, side: number): Candidate[] {
  const candidates: Candidate[] = [];
  for (const stride of [8, 16, 32]) {
    const of = (what: string) => outputs[`${what}_${stride}`]!.data;
    const [cls, obj, bbox, kps] = [of("cls"), of("obj"), of("bbox"), of("kps")];
    const columns = side / stride;
    for (let cell = 0; cell < cls.length; cell++) {
      const score = Math.sqrt(unit(cls[cell]!) * unit(obj[cell]!));
      if (!(score >= scoreMin)) continue;
      const [column, line] = [cell % columns, Math.floor(cell / columns)];
      const x = (index: number) => stride * (column + kps[cell * 10 + index * 2]!);
      const y = (index: number) => stride * (line + kps[cell * 10 + index * 2 + 1]!);
      const row = new Float64Array(16);
      row.set([
        stride * (column + bbox[cell * 4]!),
        stride * (line + bbox[cell * 4 + 1]!),
        stride * Math.exp(bbox[cell * 4 + 2]!),
        stride * Math.exp(bbox[cell * 4 + 3]!),
        ...[x(0), y(0), x(1), y(1), x(2), y(2)],
        ...[(x(3) + x(4)) / 2, (y(3) + y(4)) / 2],
      ]);
      candidates.push({ score, row });
    }
  }
  return candidates;
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
