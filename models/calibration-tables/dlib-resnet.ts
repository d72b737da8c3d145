import type { CalibrationRow } from "../calibration.ts";

/**
 * Measured over a million comparisons of one photograph with the mean template of three photographs
 * of another person (folds 1 to 5 of Labeled Faces in the Wild, 283 people enrolled). The last row
 * rests on some twenty comparisons; nothing rarer is promised.
 */
export const dlibResnetCalibration: readonly CalibrationRow[] = [
  { threshold: 0.8588, falseMatchRate: 0.5 },
  { threshold: 0.886, falseMatchRate: 0.2 },
  { threshold: 0.8986, falseMatchRate: 0.1 },
  { threshold: 0.9081, falseMatchRate: 0.05 },
  { threshold: 0.918, falseMatchRate: 0.02 },
  { threshold: 0.9241, falseMatchRate: 0.01 },
  { threshold: 0.9293, falseMatchRate: 0.005 },
  { threshold: 0.9356, falseMatchRate: 0.002 },
  { threshold: 0.9398, falseMatchRate: 0.001 },
  { threshold: 0.944, falseMatchRate: 0.0005 },
  { threshold: 0.949, falseMatchRate: 0.0002 },
  { threshold: 0.9524, falseMatchRate: 0.0001 },
  { threshold: 0.9563, falseMatchRate: 0.00005 },
  { threshold: 0.9601, falseMatchRate: 0.00002 },
];
