/** Lengths by the names that they have in the file. */
export type Lengths = Readonly<Record<string, number>>;

/** The edges of the network are written last, after its weights. */
const edgesBytesMax = 1_024;
const dimensionTag = 0x0a;
const parameterTag = 0x12;
const valueTag = 0x08;

/**
 * An ONNX file with numbers in place of the names of free lengths. The runtime fuses sums into
 * convolutions only where it knows all shapes, and its binding for Node cannot be told them. A
 * `dim_param` becomes a `dim_value` of as many bytes (Protocol Buffers allow a varint that is
 * longer than needed), so that no length around it changes.
 */
export function withLengths(onnx: Uint8Array, lengths: Lengths): Uint8Array {
  const bytes = Uint8Array.from(onnx);
  const start = Math.max(0, bytes.length - edgesBytesMax);
  const edges = Buffer.from(bytes.buffer, start);
  for (const [name, length] of Object.entries(lengths)) {
    const text = Buffer.from(name, "ascii");
    const named = [dimensionTag, text.length + 2, parameterTag, text.length, ...text];
    const fixed = [dimensionTag, text.length + 2, valueTag, ...varint(length, text.length + 1)];
    const [from, to] = [Buffer.from(named), Buffer.from(fixed)];
    for (let at = edges.indexOf(from); at >= 0; at = edges.indexOf(from)) edges.set(to, at);
  }
  return bytes;
}

/** A base-128 number of exactly so many bytes. */
function varint(value: number, bytes: number): number[] {
  const digits = Array.from({ length: bytes }, (_, i) => Math.floor(value / 128 ** i) % 128);
  return digits.map((digit, i) => (i < bytes - 1 ? digit | 0x80 : digit));
}
