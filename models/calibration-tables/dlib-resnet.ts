import type { CalibrationRow } from "../calibration.ts";

/**
 * Measured over 10.6 million comparisons of different people (folds 1 to 5 of Labeled Faces in the
 * Wild, 4,615 photographs, two crops and their mirror images for each). The last rows rest on some
 * twenty comparisons; nothing rarer is promised.
 */
export const dlibResnetCalibration: readonly CalibrationRow[] = [
  { threshold: 0.8473, falseMatchRate: 0.5 },
  { threshold: 0.8749, falseMatchRate: 0.2 },
  { threshold: 0.888, falseMatchRate: 0.1 },
  { threshold: 0.898, falseMatchRate: 0.05 },
  { threshold: 0.9085, falseMatchRate: 0.02 },
  { threshold: 0.915, falseMatchRate: 0.01 },
  { threshold: 0.9208, falseMatchRate: 0.005 },
  { threshold: 0.9276, falseMatchRate: 0.002 },
  { threshold: 0.9322, falseMatchRate: 0.001 },
  { threshold: 0.9365, falseMatchRate: 0.0005 },
  { threshold: 0.9418, falseMatchRate: 0.0002 },
  { threshold: 0.9457, falseMatchRate: 0.0001 },
  { threshold: 0.9493, falseMatchRate: 0.00005 },
  { threshold: 0.9534, falseMatchRate: 0.00002 },
  { threshold: 0.957, falseMatchRate: 0.00001 },
  { threshold: 0.9591, falseMatchRate: 0.000005 },
  { threshold: 0.9623, falseMatchRate: 0.000002 },
];
