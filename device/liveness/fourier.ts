/** Transforms a complex signal in place (radix 2, Cooley and Tukey 1965). The length is a power of two. */
export function fourier(real: Float64Array, imaginary: Float64Array): void {
  const count = real.length;
  for (let i = 1, j = 0; i < count; i++) {
    let bit = count >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
  for (let span = 2; span <= count; span <<= 1) {
    const half = span >> 1;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / span;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < count; i += span) {
        const j = i + half;
        const re = real[j]! * cos - imaginary[j]! * sin;
        const im = real[j]! * sin + imaginary[j]! * cos;
        real[j] = real[i]! - re;
        imaginary[j] = imaginary[i]! - im;
        real[i]! += re;
        imaginary[i]! += im;
      }
    }
  }
}

/**
 * Power of each frequency of a square picture, `side` × `side`, seen through a Hann window so that its
 * border is no edge. Row v, column u: u and v cycles per side, negative ones counted from the end.
 */
export function powerSpectrum(data: Float32Array, side: number): Float32Array {
  let mean = 0;
  for (const value of data) mean += value / data.length;
  const window = Float64Array.from(
    { length: side },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side),
  );
  const real = new Float64Array(side * side);
  const imaginary = new Float64Array(side * side);
  for (let i = 0; i < data.length; i++) {
    real[i] = (data[i]! - mean) * window[i % side]! * window[Math.floor(i / side)]!;
  }
  for (let row = 0; row < side; row++) {
    fourier(
      real.subarray(row * side, (row + 1) * side),
      imaginary.subarray(row * side, (row + 1) * side),
    );
  }
  const [re, im] = [new Float64Array(side), new Float64Array(side)];
  const power = new Float32Array(side * side);
  for (let column = 0; column < side; column++) {
    for (let row = 0; row < side; row++) {
      re[row] = real[row * side + column]!;
      im[row] = imaginary[row * side + column]!;
    }
    fourier(re, im);
    for (let row = 0; row < side; row++) {
      power[row * side + column] = re[row]! ** 2 + im[row]! ** 2;
    }
  }
  return power;
}
