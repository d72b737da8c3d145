/**
 * Collects the rows of an overdetermined linear system and solves it with the least squared error,
 * by its normal equations (Cholesky). Good for a handful of unknowns of similar size.
 */
export class LeastSquares {
  readonly #size: number;
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;

  constructor(unknowns: number) {
    this.#size = unknowns;
    this.#matrix = new Float64Array(unknowns * unknowns);
    this.#right = new Float64Array(unknowns);
  }

  /** One equation: the sum of `row[i]` times unknown i is `value`. */
  add(row: readonly number[], value: number): void {
    const size = this.#size;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) this.#matrix[i * size + j]! += row[i]! * row[j]!;
      this.#right[i]! += row[i]! * value;
    }
  }

  /** The unknowns, or undefined where the rows do not pin them down. */
  solve(): Float64Array | undefined {
    const size = this.#size;
    const lower = this.#matrix.slice();
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = lower[i * size + j]!;
        for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
        if (i === j) {
          if (!(sum > 1e-12)) return undefined;
          lower[i * size + i] = Math.sqrt(sum);
        } else lower[i * size + j] = sum / lower[j * size + j]!;
      }
    }
    const x = this.#right.slice();
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) x[i]! -= lower[i * size + k]! * x[k]!;
      x[i]! /= lower[i * size + i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) x[i]! -= lower[k * size + i]! * x[k]!;
      x[i]! /= lower[i * size + i]!;
    }
    return x;
  }
}
