import { TeburaError } from "#contract/errors.ts";
import type { EnvelopeHeader } from "#contract/gallery-envelope.ts";
import type { PersonId } from "#contract/ids.ts";

/** One person in a sealed part of a gallery: who it is inside the boxes, and their rotated templates. */
export interface Packed {
  readonly owner: PersonId;
  readonly templates: readonly Float32Array[];
}

const floatBytes = 4;

/**
 * The plain bytes of an envelope, in the order of its header's rows: for each person the length of their
 * name among the boxes and that name, the number of templates, and these as 32-bit floating point numbers,
 * least significant byte first. The caller wipes them.
 */
export function pack(people: readonly Packed[]): Uint8Array {
  const parts = people.flatMap(({ owner, templates }) => {
    const name = Buffer.from(owner, "utf8");
    const numbers = templates.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    return [Buffer.from([name.length]), name, Buffer.from([templates.length]), ...numbers];
  });
  return Buffer.concat(parts);
}

/** Bytes that one person takes in `pack`. */
export function packedBytes({ owner, templates }: Packed): number {
  const numbers = templates.reduce((sum, { length }) => sum + length, 0);
  return 2 + Buffer.byteLength(owner) + numbers * floatBytes;
}

/** Reads what `pack` made for this header. Throws GALLERY_MESSAGE_INVALID for anything else. */
export function unpack(
  bytes: Uint8Array,
  { rows, dimensions }: Pick<EnvelopeHeader, "rows" | "dimensions">,
): readonly Packed[] {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > plain.length) throw malformed();
    at += length;
    return plain.subarray(at - length, at);
  };
  const people = rows.map((): Packed => {
    const owner = take(take(1)[0]!).toString("utf8") as PersonId;
    const count = take(1)[0]!;
    const templates = Array.from({ length: count }, () => {
      const template = new Float32Array(dimensions);
      Buffer.from(template.buffer).set(take(dimensions * floatBytes));
      return template;
    });
    if (count === 0 || owner === "" || !templates.every(isUnit)) throw malformed();
    return { owner, templates };
  });
  if (at !== plain.length) throw malformed();
  return people;
}

function isUnit(template: Float32Array): boolean {
  let squared = 0;
  for (const value of template) squared += value * value;
  return squared > 0.98 && squared < 1.02;
}

function malformed(): TeburaError {
  return new TeburaError("GALLERY_MESSAGE_INVALID", "a sealed part of a gallery is malformed");
}
