import type { Code, ValueType } from "./wasm-encoder.ts";
import {
  encodeModule,
  f32x4,
  i16x8,
  i32,
  i32x4,
  local,
  repeatWhile,
  v128,
  when,
} from "./wasm-encoder.ts";
import { type OwnMemory, webAssembly } from "./web-assembly.ts";

/**
 * Samples `count` neighbours of one row of a crop, at least four of them, with bilinear
 * interpolation. `source` is the address of packed RGB pixels whose rows are `stride` bytes apart;
 * sample u lies at (x + a·u, y + c·u) of them, and so do its right, lower and lower right
 * neighbours. `out` is the address of the first red number, and green and blue are `plane` bytes
 * further on each. A number is its sample times `scale` plus the shift of its colour.
 *
 * Places are float32, horizontal weights have 14 bits and vertical ones 15: a sample is right to 0.1 of 255.
 */
export type WarpRow = (
  source: number,
  stride: number,
  out: number,
  plane: number,
  count: number,
  x: number,
  y: number,
  a: number,
  c: number,
  scale: number,
  shiftRed: number,
  shiftGreen: number,
  shiftBlue: number,
) => void;

export const rowSamplesMin = 4;
/** The kernel reads so many bytes beyond the last pixel, and uses none of them. */
export const overreadBytes = 8;

const parameters: readonly ValueType[] = [
  ...(["i32", "i32", "i32", "i32", "i32"] as const),
  ...(["f32", "f32", "f32", "f32", "f32", "f32", "f32", "f32"] as const),
];
const vectors = [
  ...["columns", "shareX", "shareY", "places", "weights", "down", "upper", "lower"],
  ...["pixel0", "pixel1", "pixel2", "pixel3"],
];
const locals: readonly ValueType[] = ["i32", "i32", "i32", ...vectors.map(() => "v128" as const)];
const names = [
  ...["source", "stride", "out", "plane", "count", "x", "y", "a", "c", "scale"],
  ...["shiftRed", "shiftGreen", "shiftBlue", "u", "address", "target", ...vectors],
];
const get = (name: string): Code => local.get(names.indexOf(name));
const set = (name: string, value: Code): Code => local.set(names.indexOf(name), value);

const littleEndian = (bits: number) => [0, 8, 16, 24].map((by) => (bits >>> by) & 0xff);
const each = (bits: number): Code => v128.constant([0, 1, 2, 3].flatMap(() => littleEndian(bits)));
const floatBits = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const whole = (value: number) => each(value);
const real = (value: number) => each(floatBits(value));
const lanes = v128.constant([0, 1, 2, 3].flatMap((lane) => littleEndian(lane)));
const words = (...picked: number[]) => picked.flatMap((word) => [0, 1, 2, 3].map((b) => word * 4 + b)); // biome-ignore format: one line
const spread = (vector: string, lane: number): Code =>
  v128.shuffle(get(vector), get(vector), words(lane, lane, lane, lane));

const weightBits = 14;
const downMax = 2 ** 15 - 1;
/** Pixels are kept this many bits up, so that the blend of two rows keeps a share of a level. */
const roomBits = 7;

const scaleOfSums = f32x4.multiply(f32x4.splat(get("scale")), real(2 ** -(weightBits + roomBits)));

/** Places and weights of the four samples from u on. */
const place: readonly Code[] = [
  set("columns", f32x4.fromI32x4(i32x4.add(i32x4.splat(get("u")), lanes))),
  set(
    "shareX",
    f32x4.add(f32x4.splat(get("x")), f32x4.multiply(f32x4.splat(get("a")), get("columns"))),
  ),
  set(
    "shareY",
    f32x4.add(f32x4.splat(get("y")), f32x4.multiply(f32x4.splat(get("c")), get("columns"))),
  ),
  set("places", i32x4.fromF32x4(get("shareX"))),
  set("weights", i32x4.fromF32x4(get("shareY"))),
  set("shareX", f32x4.subtract(get("shareX"), f32x4.fromI32x4(get("places")))),
  set("shareY", f32x4.subtract(get("shareY"), f32x4.fromI32x4(get("weights")))),
  set(
    "places",
    i32x4.add(
      i32x4.multiply(get("places"), whole(3)),
      i32x4.multiply(get("weights"), i32x4.splat(get("stride"))),
    ),
  ),
  // The weight of the right neighbour in the upper half of a word, of the left one in the lower.
  set(
    "weights",
    i32x4.fromF32x4(f32x4.add(f32x4.multiply(get("shareX"), real(2 ** weightBits)), real(0.5))),
  ),
  set(
    "weights",
    v128.or(
      i32x4.shiftLeft(get("weights"), i32.const(16)),
      i32x4.subtract(whole(2 ** weightBits), get("weights")),
    ),
  ),
  // How much of the row below; all of it would not fit into fifteen bits.
  set("down", i32x4.fromF32x4(f32x4.add(f32x4.multiply(get("shareY"), real(downMax)), real(0.5)))),
];

/** The lower 16 bits of one lane in all eight. */
const spreadHalf = (vector: string, lane: number): Code =>
  v128.shuffle(
    get(vector),
    get(vector),
    Array.from({ length: 8 }, () => [4 * lane, 4 * lane + 1]).flat(),
  );

const raised = (address: Code) =>
  i16x8.shiftLeft(v128.loadWidenedUnsigned(address, 0), i32.const(roomBits));

/** R R' G G' B B' of two neighbours, as 16-bit lanes; the last two lanes are of no use. */
const pairs = [0, 3, 1, 4, 2, 5, 6, 7].flatMap((lane) => [2 * lane, 2 * lane + 1]);

/** Red, green and blue of one sample: the two rows blended, then the two neighbours. */
const sample = (lane: number): readonly Code[] => [
  set("address", i32.add(get("source"), i32x4.lane(get("places"), lane))),
  set("upper", raised(get("address"))),
  set("lower", raised(i32.add(get("address"), get("stride")))),
  set(
    "upper",
    i16x8.add(
      get("upper"),
      i16x8.multiplyQ15(i16x8.subtract(get("lower"), get("upper")), spreadHalf("down", lane)),
    ),
  ),
  set(
    `pixel${lane}`,
    f32x4.fromI32x4(
      i32x4.dotI16x8(v128.shuffle(get("upper"), get("upper"), pairs), spread("weights", lane)),
    ),
  ),
];

/**
 * Red, green and blue of four samples, each in a vector of its own. Shuffles of this very kind (the lower
 * or upper halves of two vectors, interleaved) are one instruction each on x86-64 and arm64.
 */
const interleave = (from: 0 | 2, size: 1 | 2) => (first: string, second: string) => {
  const at = [0, 1, 2, 3].slice(from, from + 2);
  const other = at.map((word) => word + 4);
  const order = size === 2 ? [...at, ...other] : at.flatMap((word, i) => [word, other[i]!]);
  return v128.shuffle(get(first), get(second), words(...order));
};
const gather: readonly Code[] = [
  set("upper", interleave(0, 1)("pixel0", "pixel1")),
  set("lower", interleave(0, 1)("pixel2", "pixel3")),
  set("pixel0", interleave(2, 1)("pixel0", "pixel1")),
  set("pixel2", interleave(2, 1)("pixel2", "pixel3")),
];
const colours = [
  { of: interleave(0, 2)("upper", "lower"), shift: "shiftRed" },
  { of: interleave(2, 2)("upper", "lower"), shift: "shiftGreen" },
  { of: interleave(0, 2)("pixel0", "pixel2"), shift: "shiftBlue" },
];

const keep: readonly Code[] = [
  ...gather,
  set("target", i32.add(get("out"), i32.shiftLeft(get("u"), i32.const(2)))),
  ...colours.flatMap(({ of, shift }) => [
    v128.store(
      get("target"),
      0,
      f32x4.add(f32x4.multiply(of, scaleOfSums), f32x4.splat(get(shift))),
    ),
    set("target", i32.add(get("target"), get("plane"))),
  ]),
];

const last = i32.subtract(get("count"), i32.const(4));

/** The last four are done again where the count is no multiple of four. */
const body: Code = [
  ...set("u", i32.const(0)),
  ...repeatWhile(
    [
      ...place,
      ...[0, 1, 2, 3].flatMap(sample),
      ...keep,
      set("u", i32.add(get("u"), i32.const(4))),
      when(i32.lessThan(last, get("u")), [
        when(i32.lessThan(get("u"), get("count")), [set("u", last)]),
      ]),
    ],
    i32.lessThan(get("u"), get("count")),
  ),
];

/** The kernel over a memory of `pages` pages. Throws where this machine has no SIMD in WebAssembly. */
export function openWarpRow(pages: number): { readonly memory: OwnMemory; readonly row: WarpRow } {
  const bytes = encodeModule(
    { name: "row", parameters, locals, body },
    { isShared: false, pagesMax: pages },
  );
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages });
  const module = new webAssembly.Module(bytes);
  const row = new webAssembly.Instance(module, { env: { memory } }).exports["row"] as WarpRow;
  return { memory, row };
}
