import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";

export const rotationSeedBytes = 32;

/** A deployment's secret rotation of templates. */
export interface Rotation extends Disposable {
  readonly dimensions: number;
  /** A new vector, of the same length and at the same angles to all others that were rotated. */
  rotate(template: Float32Array): Float32Array;
  /** Undoes `rotate`, up to the rounding of 32-bit numbers. */
  unrotate(template: Float32Array): Float32Array;
  /** Overwrites the matrix; it rotates nothing from then on. */
  [Symbol.dispose](): void;
}

/**
 * Makes templates revocable: the rotation is an orthogonal matrix that follows from the seed, so
 * similarities within a deployment stay what they were, while templates of one person in two
 * deployments are as unlike as two strangers. Whoever steals a gallery must steal the seed with it,
 * and a new seed turns what was stolen worthless. It hides a template; it does not encrypt it: with
 * enough pairs of plain and rotated templates the matrix can be solved for, so galleries are sealed
 * as well.
 *
 * `seed` is 32 secret random bytes, kept in the device key store. The same seed gives the same
 * matrix on every machine: ChaCha20 (RFC 8439) and IEEE 754 additions, multiplications, divisions
 * and square roots only.
 */
export function createRotation(seed: Uint8Array, dimensions: number): Rotation {
  assert(seed.length === rotationSeedBytes, "a rotation's seed has 32 bytes");
  assert(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= 4_096, "1 to 4,096");
  const reflections = drawReflections(seed, dimensions);
  const matrix = multiplyOut(reflections, dimensions);
  for (const { direction } of reflections) direction.fill(0);
  let wiped = false;
  const check = (template: Float32Array) => {
    assert(!wiped, "the rotation is closed");
    assert(template.length === dimensions, "the template comes from another model");
  };
  return {
    dimensions,
    rotate(template) {
      check(template);
      return rotateWith(matrix, template);
    },
    unrotate(template) {
      check(template);
      return unrotateWith(matrix, template);
    },
    [Symbol.dispose]() {
      wiped = true;
      matrix.fill(0);
    },
  };
}

interface Reflection {
  /** Unit vector, or all zero for no reflection; its first `from` values are zero. */
  readonly direction: Float64Array;
  readonly from: number;
  /** Sign of the triangular factor's diagonal, without which the draw would not be even. */
  readonly sign: number;
}

/**
 * Householder's factors of the QR decomposition of a Gaussian matrix. Each column that the
 * factorisation would meet, below the diagonal, is Gaussian again and independent of those before,
 * so it is drawn directly (G. W. Stewart, 1980): the product is even over all orthogonal matrices.
 */
function drawReflections(seed: Uint8Array, dimensions: number): Reflection[] {
  using normals = new Normals(seed);
  const reflections: Reflection[] = [];
  for (let from = 0; from < dimensions; from++) {
    const direction = new Float64Array(dimensions);
    let squared = 0;
    for (let i = from; i < dimensions; i++) {
      direction[i] = normals.next();
      squared += direction[i]! ** 2;
    }
    const first = direction[from]!;
    const sign = first < 0 ? -1 : 1;
    // Away from cancellation: the reflection sends the column to -sign times its length.
    direction[from] = first + sign * Math.sqrt(squared);
    const length = Math.sqrt(squared - first * first + direction[from]! * direction[from]!);
    for (let i = from; i < dimensions; i++) direction[i] = direction[i]! / length;
    reflections.push({ direction, from, sign: -sign });
  }
  return reflections;
}

/** The rows of H1 · H2 ⋯ Hn · D, built from the last factor to the first. */
function multiplyOut(reflections: readonly Reflection[], dimensions: number): Float64Array {
  const matrix = new Float64Array(dimensions * dimensions);
  for (let i = 0; i < dimensions; i++) matrix[i * dimensions + i] = reflections[i]!.sign;
  const products = new Float64Array(dimensions);
  for (const { direction, from } of reflections.toReversed()) {
    products.fill(0);
    for (let i = from; i < dimensions; i++) {
      for (let j = from; j < dimensions; j++) {
        products[j]! += direction[i]! * matrix[i * dimensions + j]!;
      }
    }
    for (let i = from; i < dimensions; i++) {
      for (let j = from; j < dimensions; j++) {
        matrix[i * dimensions + j]! -= 2 * direction[i]! * products[j]!;
      }
    }
  }
  return matrix;
}

function rotateWith(matrix: Float64Array, template: Float32Array): Float32Array {
  const { length } = template;
  const rotated = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += matrix[i * length + j]! * template[j]!;
    rotated[i] = sum;
  }
  return rotated;
}

/** The inverse of an orthogonal matrix is its transpose. */
function unrotateWith(matrix: Float64Array, template: Float32Array): Float32Array {
  const { length } = template;
  const sums = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) sums[j]! += matrix[i * length + j]! * template[i]!;
  }
  return Float32Array.from(sums);
}

/** Normally distributed numbers from a ChaCha20 key stream, by Marsaglia's polar method. */
class Normals implements Disposable {
  readonly #stream: ReturnType<typeof createCipheriv>;
  #block = Buffer.alloc(0);
  #at = 0;
  #spare: number | undefined;

  constructor(seed: Uint8Array) {
    const firstCounterAndNonce = Buffer.alloc(16);
    this.#stream = createCipheriv("chacha20", seed, firstCounterAndNonce);
  }

  next(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    for (;;) {
      const a = this.#uniform();
      const b = this.#uniform();
      const squared = a * a + b * b;
      if (squared >= 1 || squared === 0) continue;
      const factor = Math.sqrt((-2 * logarithm(squared)) / squared);
      this.#spare = b * factor;
      return a * factor;
    }
  }

  [Symbol.dispose](): void {
    this.#block.fill(0);
    this.#spare = undefined;
  }

  /** Above -1 and below 1, in steps of 2^-52. */
  #uniform(): number {
    if (this.#at + 8 > this.#block.length) {
      this.#block.fill(0);
      this.#block = this.#stream.update(Buffer.alloc(8_192));
      this.#at = 0;
    }
    const low = this.#block.readUInt32LE(this.#at);
    const high = this.#block.readUInt32LE(this.#at + 4) >>> 11;
    this.#at += 8;
    return (high * 2 ** 32 + low) / 2 ** 52 - 1;
  }
}

/**
 * The natural logarithm of a number above 0 and at most 1, by additions, multiplications and
 * divisions alone: `Math.log` may differ in its last bit between engines, and a rotation may not.
 */
function logarithm(value: number): number {
  let mantissa = value;
  let halvings = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    halvings += 1;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  // |z| is at most 0.1716, so the 12th term is below the last bit.
  for (let power = 25; power >= 1; power -= 2) sum = sum * z * z + 1 / power;
  return 2 * z * sum - halvings * Math.LN2;
}
