import type { SheetAnswer } from "../api/shapes.ts";
import type { Tone } from "../design/badge.tsx";

/** A child's line on the sheet of a class. */
export type PupilRow = SheetAnswer["rows"][number];

export const statusTones: Readonly<Record<PupilRow["status"], Tone>> = {
  present: "good",
  late: "care",
  "left-early": "care",
  absent: "bad",
  unconfirmed: "info",
  expected: "none",
  "not-expected": "none",
};
