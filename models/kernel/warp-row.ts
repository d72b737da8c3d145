import type { Code, ValueType } from "./wasm-encoder.ts";
import { encodeModule, f32x4, i32, i32x4, local, repeatWhile, v128, when } from "./wasm-encoder.ts";
import { type OwnMemory, webAssembly } from "./web-assembly.ts";

/**
 * Samples `count` neighbours of one row of a crop, at least four of them, with bilinear
 * interpolation. `source` is the address of packed RGB pixels whose rows are `stride` bytes apart;
 * sample u lies at (x + a·u, y + c·u) of them, and so do its right, lower and lower right
 * neighbours. `out` is the address of the first red number, and green and blue are `plane` bytes
 * further on each. A number is its sample times `scale` plus the shift of its colour.
 *
 * Places are float32 and horizontal weights have 14 bits: a sample is right to 0.1 of 255.
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
  ...["columns", "shareX", "shareY", "places", "weights", "upper", "lower"],
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

const scaleOfWeights = f32x4.multiply(f32x4.splat(get("scale")), real(2 ** -weightBits));

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
  set("lower", f32x4.multiply(get("shareY"), scaleOfWeights)),
  set("upper", f32x4.subtract(scaleOfWeights, get("lower"))),
];

/** R R' G G' B B' of two neighbours, as 16-bit lanes; the last two lanes are of no use. */
const pairs = [0, 3, 1, 4, 2, 5, 6, 7].flatMap((lane) => [2 * lane, 2 * lane + 1]);
function blend(address: Code, lane: number): Code {
  const pixels = v128.loadWidenedUnsigned(address, 0);
  return f32x4.fromI32x4(
    i32x4.dotI16x8(v128.shuffle(pixels, whole(0), pairs), spread("weights", lane)),
  );
}

/** Red, green and blue of one sample. */
const sample = (lane: number): readonly Code[] => [
  set("address", i32.add(get("source"), i32x4.lane(get("places"), lane))),
  set(
    `pixel${lane}`,
    f32x4.add(
      f32x4.multiply(blend(get("address"), lane), spread("upper", lane)),
      f32x4.multiply(blend(i32.add(get("address"), get("stride")), lane), spread("lower", lane)),
    ),
  ),
];

/** The same colour of four samples. */
function gathered(colour: number): Code {
  const pair = (first: string, second: string) =>
    v128.shuffle(get(first), get(second), words(colour, colour + 4, colour, colour + 4));
  return v128.shuffle(pair("pixel0", "pixel1"), pair("pixel2", "pixel3"), words(0, 1, 4, 5));
}

const keep: readonly Code[] = [
  set("target", i32.add(get("out"), i32.shiftLeft(get("u"), i32.const(2)))),
  ...["shiftRed", "shiftGreen", "shiftBlue"].flatMap((shift, colour) => [
    v128.store(get("target"), 0, f32x4.add(gathered(colour), f32x4.splat(get(shift)))),
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
