/**
 * Just enough of an assembler to write one WebAssembly function as nested expressions, so that the
 * kernel is built from source at start-up and no binary stands in the repository. Section and
 * opcode numbers are those of the WebAssembly Core Specification 2.0, chapter 5.
 */
export type Code = readonly number[];

export const valueTypes = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** Unsigned LEB128, section 5.2.2. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** Signed LEB128 of a 32-bit integer, section 5.2.2. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const binary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, opcode];
const simd = (opcode: number) => [0xfd, ...unsigned(opcode)];
const simdUnary = (opcode: number) => (a: Code) => [...a, ...simd(opcode)];
const simdBinary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...simd(opcode)];
// An alignment is only a hint: any address may be read and written.
const load = (opcode: Code, alignment: number) => (address: Code, offset: number) =>
  [...address, ...opcode, alignment, ...unsigned(offset)]; // biome-ignore format: one expression
const store = (opcode: Code, alignment: number) => (address: Code, offset: number, value: Code) =>
  [...address, ...value, ...opcode, alignment, ...unsigned(offset)]; // biome-ignore format: one expression

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: load([0x28], 2),
  store: store([0x36], 2),
  add: binary(0x6a),
  subtract: binary(0x6b),
  shiftLeft: binary(0x74),
  and: binary(0x71),
  or: binary(0x72),
  equal: binary(0x46),
  lessThan: binary(0x49),
};

export const f32 = {
  load: load([0x2a], 2),
  store: store([0x38], 2),
  lessThan: binary(0x5d),
  greaterThan: binary(0x5e),
};

export const v128 = {
  load: load(simd(0), 4),
  store: store(simd(11), 4),
  /** Eight signed bytes widened to eight 16-bit lanes. */
  loadWidened: load(simd(1), 3),
  /** The same of eight unsigned bytes. */
  loadWidenedUnsigned: load(simd(2), 3),
  constant: (bytes: Code): Code => [...simd(12), ...bytes],
  or: simdBinary(80),
  anyTrue: simdUnary(83),
  /** Picks 16 bytes out of the 32 of both. */
  shuffle: (a: Code, b: Code, bytes: Code): Code => [...a, ...b, ...simd(13), ...bytes],
};

export const i16x8 = {
  shiftLeft: simdBinary(139),
  add: simdBinary(142),
  subtract: simdBinary(145),
  /** Products of numbers with 15 bits behind the point, rounded to the same. */
  multiplyQ15: simdBinary(130),
};

export const i32x4 = {
  splat: simdUnary(17),
  lane: (vector: Code, lane: number): Code => [...vector, ...simd(27), lane],
  shiftLeft: simdBinary(171),
  add: simdBinary(174),
  subtract: simdBinary(177),
  multiply: simdBinary(181),
  /** Towards zero; what does not fit becomes the nearest that does. */
  fromF32x4: simdUnary(248),
  /** Sums of neighbouring products of 16-bit lanes. */
  dotI16x8: simdBinary(186),
};

export const f32x4 = {
  splat: simdUnary(19),
  greaterThan: simdBinary(68),
  add: simdBinary(228),
  subtract: simdBinary(229),
  multiply: simdBinary(230),
  fromI32x4: simdUnary(250),
};

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
};

const empty = 0x40;
/** Runs the body again for as long as the condition after it holds. */
export const repeatWhile = (body: readonly Code[], condition: Code): Code =>
  [0x03, empty, ...body.flat(), ...condition, 0x0d, 0, 0x0b]; // biome-ignore format: one expression
/** Runs the body for as long as the condition before it holds. */
export const whileDo = (condition: Code, body: readonly Code[]): Code =>
  [0x03, empty, ...condition, 0x04, empty, ...body.flat(), 0x0c, 1, 0x0b, 0x0b]; // biome-ignore format: one expression
/** An `if` with an optional `else`. */
export const when = (condition: Code, body: readonly Code[], otherwise: readonly Code[] = []) =>
  [...condition, 0x04, empty, ...body.flat(), 0x05, ...otherwise.flat(), 0x0b]; // biome-ignore format: one expression

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

const section = (id: number, content: Code) => [id, ...unsigned(content.length), ...content];
const text = (value: string) => [...unsigned(value.length), ...Buffer.from(value, "ascii")];

export interface MemoryLimits {
  readonly isShared: boolean;
  readonly pagesMax: number;
}

/** A module with one function, over a memory that it imports as `env.memory`. */
export function encodeModule(
  body: WasmFunction,
  { isShared, pagesMax }: MemoryLimits,
): Uint8Array<ArrayBuffer> {
  const parameters = body.parameters.map((type) => valueTypes[type]);
  const locals = body.locals.flatMap((type) => [1, valueTypes[type]]);
  const code = [...unsigned(body.locals.length), ...locals, ...body.body, 0x0b];
  const withMaximum = isShared ? 0x03 : 0x01;
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...unsigned(parameters.length), ...parameters, 0]),
    ...section(2, [
      ...[1, ...text("env"), ...text("memory")],
      ...[2, withMaximum, 1, ...unsigned(pagesMax)],
    ]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text(body.name), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
