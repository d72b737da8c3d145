import type { Box, RgbImage } from "../image.ts";
import type { Preprocessing } from "../manifest.ts";
import type { Affine } from "../warp.ts";
import { type CropSize, type SampleRow, sizeOf, warpToTensor } from "./sample.ts";
import { openWarpRow, overreadBytes, type WarpRow } from "./warp-row.ts";

/** What a network is fed with: one array, filled anew for every run. */
export interface NetworkInput {
  readonly values: Float32Array<ArrayBuffer>;
  /** As `warpToTensor`, into `values` from `offset` on. */
  warp(
    image: RgbImage,
    affine: Affine,
    size: CropSize | number,
    preprocessing: Pick<Preprocessing, "mean" | "scale">,
    offset?: number,
  ): void;
}

/** An input of `length` numbers, filled by SIMD where this machine has it. */
export function openInput(length: number): NetworkInput {
  try {
    return new KernelInput(length);
  } catch {
    return plainInput(length); // No SIMD in WebAssembly, or no address space for its memory.
  }
}

/** The same in TypeScript alone. */
export function plainInput(length: number): NetworkInput {
  const values = new Float32Array(length);
  return {
    values,
    warp: (image, affine, size, preprocessing, offset) =>
      warpToTensor(image, affine, size, preprocessing, values, offset),
  };
}

const pageBytes = 65_536;
/** A whole frame of 1920×1080 has 6.2 MB. Pages that nobody writes to take no memory. */
const pixelsBytesMax = 8 * 1_024 * 1_024;

/** The network reads its numbers where the kernel writes them: in the kernel's memory. */
class KernelInput implements NetworkInput {
  readonly values: Float32Array<ArrayBuffer>;
  readonly #row: WarpRow;
  readonly #pixelsAt: number;
  readonly #pixels: Uint8Array;

  constructor(length: number) {
    this.#pixelsAt = Math.ceil(length / 4) * 16;
    const { memory, row } = openWarpRow(Math.ceil((this.#pixelsAt + pixelsBytesMax) / pageBytes));
    this.#row = row;
    this.#pixels = new Uint8Array(memory.buffer, this.#pixelsAt);
    this.values = new Float32Array(memory.buffer, 0, length);
  }

  warp(
    image: RgbImage,
    affine: Affine,
    size: CropSize | number,
    preprocessing: Pick<Preprocessing, "mean" | "scale">,
    offset = 0,
  ): void {
    const sampleRow = this.#load(image, affine, sizeOf(size));
    warpToTensor(image, affine, size, preprocessing, this.values, offset, sampleRow);
  }

  /** Takes what the crop shows of the picture. Undefined where there is no room for it. */
  #load(image: RgbImage, affine: Affine, size: CropSize): SampleRow | undefined {
    const box = seenBy(image, affine, size);
    const stride = box.width * 3;
    // Of an upright crop that is much smaller than the picture, most rows are never read.
    const skipsRows = affine.b === 0 && affine.c === 0 && affine.d > 2;
    const rows = skipsRows ? 2 : box.height;
    if ((rows + 1) * stride + overreadBytes > this.#pixels.length) return undefined;
    if (!skipsRows) this.#copy(image, box);
    const { a, b, tx, c, d, ty } = affine;
    const planeBytes = 4 * size.columns * size.rows;
    return (v, [first, end], { scale, shifts }, row) => {
      const x = a * first + b * v + tx - box.x;
      let y = c * first + d * v + ty - box.y;
      if (skipsRows) {
        const top = Math.floor(y);
        this.#copy(image, { ...box, y: box.y + top, height: 2 });
        y -= top;
      }
      const [source, out, count] = [this.#pixelsAt, 4 * (row + first), end - first];
      const [red, green, blue] = shifts;
      this.#row(source, stride, out, planeBytes, count, x, y, a, c, scale, red, green, blue);
    };
  }

  #copy({ width, data }: RgbImage, box: Box): void {
    if (box.width === width) {
      this.#pixels.set(data.subarray(box.y * width * 3, (box.y + box.height) * width * 3));
      return;
    }
    const stride = box.width * 3;
    for (let row = 0; row < box.height; row++) {
      const from = ((box.y + row) * width + box.x) * 3;
      this.#pixels.set(data.subarray(from, from + stride), row * stride);
    }
  }
}

/** The whole pixels of the picture that a crop may read; of no size where it shows none. */
function seenBy({ width, height }: RgbImage, affine: Affine, { columns, rows }: CropSize): Box {
  const { a, b, tx, c, d, ty } = affine;
  const [left, right] = range(a * (columns - 1), b * (rows - 1), tx, width);
  const [top, bottom] = range(c * (columns - 1), d * (rows - 1), ty, height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** From the least to the greatest of start, start + p, start + q and start + p + q, and one beyond. */
function range(p: number, q: number, start: number, limit: number): readonly [number, number] {
  const least = start + Math.min(0, p) + Math.min(0, q);
  const greatest = start + Math.max(0, p) + Math.max(0, q);
  const from = Math.min(limit, Math.max(0, Math.floor(least)));
  return [from, Math.max(from, Math.min(limit, Math.floor(greatest) + 2))];
}
