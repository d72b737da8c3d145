/** One row of a model's calibration: at this score, this share of impostor comparisons reach it. */
export interface CalibrationRow {
  readonly threshold: number;
  readonly falseMatchRate: number;
}

/**
 * The false match rate (ISO/IEC 19795-1) of accepting at `score`, from a table sorted by rising
 * threshold; between two rows the logarithm of the rate is interpolated. Above the last row the
 * last rate is returned: what was not measured is not promised. Below the first row it is 1.
 */
export function falseMatchRateAt(table: readonly CalibrationRow[], score: number): number {
  const after = table.findIndex((row) => row.threshold > score);
  const above = table[after];
  const below = after === -1 ? table.at(-1) : table[after - 1];
  if (!below) return 1;
  if (!above) return below.falseMatchRate;
  const share = (score - below.threshold) / (above.threshold - below.threshold);
  const [from, to] = [Math.log(below.falseMatchRate), Math.log(above.falseMatchRate)];
  return Math.exp(from + share * (to - from));
}

/** One row of an embedder's leads: so often a search names a stranger who leads by so much. */
export interface LeadRow {
  readonly threshold: number;
  readonly falsePositiveIdentificationRate: number;
}

/**
 * The false positive identification rate (ISO/IEC 19795-1) of naming whoever leads by `lead`, from a table
 * sorted by rising threshold; read as a table of false match rates is. An empty table promises nothing.
 */
export function rateAtLead(table: readonly LeadRow[], lead: number): number {
  const rows = table.map(({ threshold, falsePositiveIdentificationRate }) => {
    return { threshold, falseMatchRate: falsePositiveIdentificationRate };
  });
  return falseMatchRateAt(rows, lead);
}

/**
 * The false positive identification rate of a search over `people` enrolled persons, if each
 * comparison falsely matches at `falseMatchRate` on its own: 1 - (1 - FMR)^N.
 */
export function identificationRate(falseMatchRate: number, people: number): number {
  return -Math.expm1(people * Math.log1p(-Math.min(falseMatchRate, 1)));
}
