import type { Code, ValueType } from "#models/kernel/wasm-encoder.ts";
import { encodeModule, f32, f32x4, i32, i32x4, local, repeatWhile, v128, when, whileDo } from "#models/kernel/wasm-encoder.ts"; // biome-ignore format: one line
import {
  type CompiledModule,
  type SharedMemory,
  webAssembly,
} from "#models/kernel/web-assembly.ts";

/**
 * The one inner loop of a search. It streams blocks of four rows, and keeps the best `capacity`
 * of them in a sorted list. With a row's scale s, its int8 codes c, the probe's 16-bit codes P and
 * `allowance` R, a row scores s · (Σ c·P + R): the R makes that an upper bound of its similarity.
 *
 * A block is 16 bytes of scales (4 × float32) and then, for every 8 dimensions, the codes of row
 * 0, 1, 2 and 3, 8 bytes each. The list is a count, a threshold, two unused words, a scratch of 16
 * bytes, then `capacity` scores (float32, falling) and as many row addresses (block + lane 0..3).
 * A row enters if it scores above the threshold; a full list's threshold is its last score. A
 * scale of NaN never scores above anything: that is how an empty row hides.
 */
export type ScanKernel = (
  block: number,
  end: number,
  probe: number,
  probeEnd: number,
  allowance: number,
  list: number,
  capacity: number,
) => void;

export const blockRows = 4;
export const blockHeaderBytes = 16;
export const listHeaderBytes = 32;
/** The inner loop takes two chunks of 8 dimensions at a time. */
export const dimensionsStep = 16;
/** 4 GiB less one page: addresses stay below 2^32. */
export const kernelPagesMax = 65_535;

const parameters = ["i32", "i32", "i32", "i32", "f32", "i32", "i32"] as const;
const locals = [
  ...(["i32", "i32", "i32", "i32", "i32"] as const),
  ...(["f32", "f32"] as const),
  ...(["v128", "v128", "v128", "v128", "v128"] as const),
] satisfies ValueType[];
const names = [
  ...["block", "end", "probe", "probeEnd", "allowance", "list", "capacity"],
  ...["code", "part", "count", "place", "lane", "threshold", "score"],
  ...["sum0", "sum1", "sum2", "sum3", "scores"],
];
const get = (name: string): Code => local.get(names.indexOf(name));
const set = (name: string, value: Code): Code => local.set(names.indexOf(name), value);
const advance = (name: string, by: number): Code => set(name, i32.add(get(name), i32.const(by)));

/** Adds 8 dimensions of four rows; the probe's part is loaded once for all of them. */
function addChunk(chunk: number): Code[] {
  return [0, 1, 2, 3].map((row) => {
    const codes = v128.loadWidened(get("code"), chunk * 32 + row * 8);
    const products = i32x4.dotI16x8(codes, v128.load(get("part"), chunk * 16));
    return set(`sum${row}`, i32x4.add(get(`sum${row}`), products));
  });
}

const words = (...picked: number[]) => picked.flatMap((word) => [0, 1, 2, 3].map((b) => word * 4 + b)); // biome-ignore format: one line
/** [a0+a2, b0+b2, a1+a3, b1+b3]: half way to one sum per row. */
const foldPair = (a: string, b: string): Code =>
  i32x4.add(
    v128.shuffle(get(a), get(b), words(0, 4, 1, 5)),
    v128.shuffle(get(a), get(b), words(2, 6, 3, 7)),
  );
const low = words(0, 1, 4, 5);
const high = words(2, 3, 6, 7);

const scoreBlock: readonly Code[] = [
  ...[0, 1, 2, 3].map((row) => set(`sum${row}`, [0xfd, 12, ...new Array(16).fill(0)])),
  set("code", get("block")),
  advance("code", blockHeaderBytes),
  set("part", get("probe")),
  repeatWhile(
    [...addChunk(0), ...addChunk(1), advance("code", 64), advance("part", 32)],
    i32.lessThan(get("part"), get("probeEnd")),
  ),
  set("sum0", foldPair("sum0", "sum1")),
  set("sum2", foldPair("sum2", "sum3")),
  set(
    "sum0",
    i32x4.add(
      v128.shuffle(get("sum0"), get("sum2"), low),
      v128.shuffle(get("sum0"), get("sum2"), high),
    ),
  ),
  set(
    "scores",
    f32x4.multiply(
      v128.load(get("block"), 0),
      f32x4.add(f32x4.fromI32x4(get("sum0")), f32x4.splat(get("allowance"))),
    ),
  ),
];

const slotBytes = i32.shiftLeft(get("capacity"), i32.const(2));
const scoreSlot = (place: Code) => i32.add(get("list"), i32.shiftLeft(place, i32.const(2)));
const rowSlot = (place: Code) => i32.add(scoreSlot(place), slotBytes);
const before = i32.subtract(get("place"), i32.const(1));
const scoreAt = (place: Code) => f32.load(scoreSlot(place), listHeaderBytes);

/** Insertion into the falling list; the last one drops out of a full list. */
const insertRow: readonly Code[] = [
  when(i32.lessThan(get("count"), get("capacity")), [advance("count", 1)]),
  set("place", i32.subtract(get("count"), i32.const(1))),
  whileDo(
    // The place is not 0 and the one before scores less; `and` of both would read before the list.
    [
      ...[...i32.lessThan(i32.const(0), get("place")), 0x04, 0x7f],
      ...[...f32.lessThan(scoreAt(before), get("score")), 0x05, ...i32.const(0), 0x0b],
    ],
    [
      f32.store(scoreSlot(get("place")), listHeaderBytes, scoreAt(before)),
      i32.store(rowSlot(get("place")), listHeaderBytes, i32.load(rowSlot(before), listHeaderBytes)),
      set("place", before),
    ],
  ),
  f32.store(scoreSlot(get("place")), listHeaderBytes, get("score")),
  i32.store(rowSlot(get("place")), listHeaderBytes, i32.or(get("block"), get("lane"))),
  when(i32.equal(get("count"), get("capacity")), [
    set("threshold", scoreAt(i32.subtract(get("capacity"), i32.const(1)))),
  ]),
];

const scratch = i32.add(get("list"), i32.shiftLeft(get("lane"), i32.const(2)));
const keepBest: Code = when(
  v128.anyTrue(f32x4.greaterThan(get("scores"), f32x4.splat(get("threshold")))),
  [
    v128.store(get("list"), 16, get("scores")),
    set("lane", i32.const(0)),
    repeatWhile(
      [
        set("score", f32.load(scratch, 16)),
        when(f32.greaterThan(get("score"), get("threshold")), insertRow),
        advance("lane", 1),
      ],
      i32.lessThan(get("lane"), i32.const(blockRows)),
    ),
  ],
);

/** The kernel as a module; `strideBytes` is the distance between two blocks. */
export function compileScanKernel(strideBytes: number): CompiledModule {
  const body = [
    set("count", i32.load(get("list"), 0)),
    set("threshold", f32.load(get("list"), 4)),
    repeatWhile(
      [...scoreBlock, keepBest, advance("block", strideBytes)],
      i32.lessThan(get("block"), get("end")),
    ),
    i32.store(get("list"), 0, get("count")),
    f32.store(get("list"), 4, get("threshold")),
  ].flat();
  return new webAssembly.Module(
    encodeModule(
      { name: "scan", parameters, locals, body },
      { isShared: true, pagesMax: kernelPagesMax },
    ),
  );
}

export function instantiateScanKernel(module: CompiledModule, memory: SharedMemory): ScanKernel {
  return new webAssembly.Instance(module, { env: { memory } }).exports["scan"] as ScanKernel;
}
