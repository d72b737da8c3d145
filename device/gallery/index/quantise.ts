/**
 * A template x becomes scale · (code + residual): int8 codes for the scan, and 6 bits of what is
 * left for ranking what the scan found. Both errors are measured here, not assumed, because the
 * proof of a search rests on them.
 */
export interface QuantisedTemplate {
  /** Representable as float32; above 0 for any unit vector. */
  readonly scale: number;
  /** One for each dimension, -127 to 127. */
  readonly codes: Int8Array;
  /** Level 0 to 63 for each dimension, for -1/2 to 1/2 of a code. */
  readonly residuals: Uint8Array;
  /** Length of x - scale · codes, divided by the scale. */
  readonly codeError: number;
  /** Length of x - scale · (codes + residuals), divided by the scale. */
  readonly residualError: number;
  /** Length of scale · codes. */
  readonly length: number;
}

export const residualLevels = 64;

/** What a residual level stands for, in codes. */
export function residualOf(level: number): number {
  return (level + 0.5) / residualLevels - 0.5;
}

/** `template` is a unit vector. */
export function quantiseTemplate(template: Float32Array): QuantisedTemplate {
  let largest = 0;
  for (const value of template) largest = Math.max(largest, Math.abs(value));
  const scale = Math.fround(largest / 127);
  const codes = new Int8Array(template.length);
  const residuals = new Uint8Array(template.length);
  let codeError = 0;
  let residualError = 0;
  let length = 0;
  for (let i = 0; i < template.length; i++) {
    const exact = template[i]! / scale;
    const code = Math.max(-127, Math.min(127, Math.round(exact)));
    const rest = exact - code;
    const level = Math.floor((rest + 0.5) * residualLevels);
    codes[i] = code;
    residuals[i] = Math.max(0, Math.min(residualLevels - 1, level));
    codeError += rest ** 2;
    residualError += (rest - residualOf(residuals[i]!)) ** 2;
    length += code ** 2;
  }
  return {
    ...{ scale, codes, residuals, codeError: Math.sqrt(codeError) },
    ...{ residualError: Math.sqrt(residualError), length: scale * Math.sqrt(length) },
  };
}

export interface QuantisedProbe {
  readonly scale: number;
  /** 16 bits are as cheap as 8 in the kernel, and leave almost nothing of the probe's own error. */
  readonly codes: Int16Array;
  /** Length of probe - scale · codes. */
  readonly error: number;
  /** Length of the probe, near 1. */
  readonly length: number;
}

/** `probe` is a unit vector. No sum of products with int8 codes passes 32 bits. */
export function quantiseProbe(probe: Float32Array): QuantisedProbe {
  const codeMax = Math.min(16_383, Math.floor((2 ** 31 - 1) / (128 * probe.length)));
  let largest = 0;
  for (const value of probe) largest = Math.max(largest, Math.abs(value));
  const scale = largest / codeMax;
  const codes = new Int16Array(probe.length);
  let error = 0;
  let length = 0;
  for (let i = 0; i < probe.length; i++) {
    codes[i] = Math.round(probe[i]! / scale);
    error += (probe[i]! - scale * codes[i]!) ** 2;
    length += probe[i]! ** 2;
  }
  return { scale, codes, error: Math.sqrt(error), length: Math.sqrt(length) };
}
