import type { CalibrationRow, LeadRow } from "../calibration.ts";

/**
 * Measured over a million comparisons of one photograph with the mean template of three photographs
 * of another person (folds 1 to 5 of Labeled Faces in the Wild, 283 people enrolled). The last row
 * rests on some twenty comparisons; nothing rarer is promised. It is older than `evaluate calibrate --enrol 3`, which
 * makes a stricter one of this network: the strictest of parts of the people.
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

/**
 * Measured over 72,000 searches by strangers in galleries of 100, 300 and 1,000 people, drawn from the same
 * 2,086, with one photograph or up to three of each; a row holds for the worst of the sizes, which differ
 * by a thousandth or two. Calibrated on three fifths of the people, the promises held on the other two: 1 in
 * 100 was 1 in 120 to 140, 1 in 1,000 was 1 in 2,200 or rarer. Larger galleries are an extrapolation.
 */
export const dlibResnetLeads: readonly LeadRow[] = [
  { threshold: 0.4723, falsePositiveIdentificationRate: 0.2 },
  { threshold: 0.4757, falsePositiveIdentificationRate: 0.1 },
  { threshold: 0.4787, falsePositiveIdentificationRate: 0.05 },
  { threshold: 0.4828, falsePositiveIdentificationRate: 0.02 },
  { threshold: 0.4855, falsePositiveIdentificationRate: 0.01 },
  { threshold: 0.4886, falsePositiveIdentificationRate: 0.005 },
  { threshold: 0.4931, falsePositiveIdentificationRate: 0.002 },
  { threshold: 0.498, falsePositiveIdentificationRate: 0.001 },
];
