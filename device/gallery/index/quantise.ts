/**
 * A template x becomes centre + scale · (code + residual), where all templates share the centre: int8 codes for the scan, and 6 bits of what is
 * left for ranking what the scan found. Both errors are measured here, not assumed, because the
 * proof of a search rests on them.
 */
export interface QuantisedTemplate {
  /** Representable as float32; above 0. */
  readonly scale: number;
  /** One for each dimension, -127 to 127. */
  readonly codes: Int8Array;
  /** Level 0 to 63 for each dimension, for -1/2 to 1/2 of a code. */
  readonly residuals: Uint8Array;
  /** Length of x - centre - scale · codes, divided by the scale. */
  readonly codeError: number;
  /** Length of x - centre - scale · (codes + residuals), divided by the scale. */
  readonly residualError: number;
  /** Length of scale · codes. */
  readonly length: number;
}

const scaleMin = 1e-9;
export const residualLevels = 64;

/** What a residual level stands for, in codes. */
export function residualOf(level: number): number {
  return (level + 0.5) / residualLevels - 0.5;
}

/** Where codes and residuals go: loading a city would otherwise collect garbage most of the time. */
export interface QuantiseBuffers {
  readonly codes: Int8Array;
  readonly residuals: Uint8Array;
}

/** `template` is a unit vector; the buffers are as long as it is, and are overwritten. */
export function quantiseTemplate(
  template: Float32Array,
  centre: Float64Array,
  { codes, residuals }: QuantiseBuffers,
): QuantisedTemplate {
  // The floor is for a template that equals the centre, and far below what could matter.
  const scale = Math.fround(Math.max(largestOf(template, centre) / 127, scaleMin));
  let codeError = 0;
  let residualError = 0;
  let length = 0;
  for (let i = 0; i < template.length; i++) {
    const exact = (template[i]! - centre[i]!) / scale;
    // Not beyond 127: the largest value can only be a rounding error above 127 scales.
    const code = Math.round(exact);
    const rest = exact - code;
    const level = Math.min(residualLevels - 1, Math.floor((rest + 0.5) * residualLevels));
    const unexplained = rest - residualOf(level);
    codes[i] = code;
    residuals[i] = level;
    codeError += rest * rest;
    residualError += unexplained * unexplained;
    length += code * code;
  }
  return {
    ...{ scale, codes, residuals, codeError: Math.sqrt(codeError) },
    ...{ residualError: Math.sqrt(residualError), length: scale * Math.sqrt(length) },
  };
}

/** Largest magnitude. Indexed, because a typed array's iterator takes ten times as long. */
function largestOf(values: Float32Array, centre: Float64Array | undefined): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]! - (centre?.[i] ?? 0));
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
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
  const scale = largestOf(probe, undefined) / codeMax;
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
