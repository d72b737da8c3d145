import type { CalibrationRow, LeadRow } from "../calibration.ts";

/**
 * `tebura evaluate calibrate --enrol 3` over folds 1 to 5 of Labeled Faces in the Wild: 1.9 million comparisons of
 * one photograph with the mean template of three photographs of another person (416 people enrolled). Each
 * threshold is the strictest that all of them, or any one or two fifths of them with a hundred such comparisons,
 * give. The last row rests on some forty comparisons; nothing rarer is promised.
 */
export const dlibResnetInt8Calibration: readonly CalibrationRow[] = [
  { threshold: 0.864, falseMatchRate: 0.5 },
  { threshold: 0.8894, falseMatchRate: 0.2 },
  { threshold: 0.9014, falseMatchRate: 0.1 },
  { threshold: 0.9105, falseMatchRate: 0.05 },
  { threshold: 0.92, falseMatchRate: 0.02 },
  { threshold: 0.9259, falseMatchRate: 0.01 },
  { threshold: 0.9308, falseMatchRate: 0.005 },
  { threshold: 0.9364, falseMatchRate: 0.002 },
  { threshold: 0.9399, falseMatchRate: 0.001 },
  { threshold: 0.9443, falseMatchRate: 0.0005 },
  { threshold: 0.9475, falseMatchRate: 0.0002 },
  { threshold: 0.9501, falseMatchRate: 0.0001 },
  { threshold: 0.9531, falseMatchRate: 0.00005 },
  { threshold: 0.9569, falseMatchRate: 0.00002 },
];

/**
 * The leads that the same command prints: 24,000 searches by strangers in galleries of 100, of 300 and of 1,000
 * people. Calibrated on three fifths of the people, the promises held on the other two: 1 in 100 was 1 in 120 to
 * 130, 1 in 1,000 was 1 in 2,400 or rarer.
 */
export const dlibResnetInt8Leads: readonly LeadRow[] = [
  { threshold: 0.4721, falsePositiveIdentificationRate: 0.2 },
  { threshold: 0.4755, falsePositiveIdentificationRate: 0.1 },
  { threshold: 0.4785, falsePositiveIdentificationRate: 0.05 },
  { threshold: 0.4821, falsePositiveIdentificationRate: 0.02 },
  { threshold: 0.485, falsePositiveIdentificationRate: 0.01 },
  { threshold: 0.4876, falsePositiveIdentificationRate: 0.005 },
  { threshold: 0.4917, falsePositiveIdentificationRate: 0.002 },
  { threshold: 0.4978, falsePositiveIdentificationRate: 0.001 },
];
