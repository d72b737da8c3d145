import { quantiseTemplate } from "#device/gallery/index/quantise.ts";

export interface Sought {
  readonly templates: readonly { readonly rotated: Float32Array; readonly plain: Float32Array }[];
  readonly names: readonly string[];
}

const windowBytes = 16;

/**
 * Where these bytes hold a template (rotated or plain; as 32-bit or 64-bit floats, as 8-bit codes, or in
 * decimal), a name or a picture: raw, or inside a signed object's base64url, twice deep. Empty where none is.
 */
export function tracesIn(bytes: Buffer, sought: Sought): readonly string[] {
  const found = new Set<string>();
  for (const layer of layersOf(bytes, 2)) {
    for (const name of sought.names) {
      for (const encoding of ["utf8", "utf16le"] as const) {
        if (layer.includes(Buffer.from(name, encoding))) found.add(`a name in ${encoding}`);
      }
      if (layer.includes(Buffer.from(name).toString("hex"))) found.add("a name in hexadecimal");
    }
    if (layer.includes(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))) found.add("a picture");
    for (const template of sought.templates) {
      for (const [kind, values] of Object.entries(template)) {
        for (const [form, pattern] of patternsOf(values)) {
          if (layer.includes(pattern)) found.add(`a ${kind} template, ${form}`);
        }
      }
    }
  }
  return [...found];
}

/** The bytes, and what the signed objects in them carry. */
function* layersOf(bytes: Buffer, depth: number): Generator<Buffer> {
  yield bytes;
  if (depth === 0) return;
  const inner: Buffer[] = [];
  for (const [, payload = ""] of bytes
    .toString("latin1")
    .matchAll(/eyJ[\w-]+\.([\w-]{8,})\.[\w-]{86}/g)) {
    inner.push(Buffer.from(payload, "base64url"));
  }
  if (inner.length > 0) yield* layersOf(Buffer.concat(inner), depth - 1);
}

function* patternsOf(values: Float32Array): Generator<readonly [string, Buffer]> {
  const floats = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const doubles = Buffer.from(Float64Array.from(values).buffer);
  const codes = codesOf(values);
  for (const [form, all] of [
    ["as 32-bit floats", floats],
    ["as 64-bit floats", doubles],
    ["as 8-bit codes", codes],
  ] as const) {
    for (let at = 0; at + windowBytes <= all.length; at += windowBytes) {
      yield [form, all.subarray(at, at + windowBytes)];
    }
  }
  for (let at = 0; at < values.length; at += 8) {
    yield ["in decimal", Buffer.from(String(values[at]))];
  }
}

/** What the index makes of a template. */
function codesOf(values: Float32Array): Buffer {
  const codes = new Int8Array(values.length);
  const residuals = new Uint8Array(values.length);
  quantiseTemplate(values, new Float64Array(values.length), { codes, residuals });
  return Buffer.from(codes.buffer);
}
