import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { randomIdSchema } from "./consent.ts";
import { digestOf } from "./digest.ts";
import { TeburaError } from "./errors.ts";
import { orInvalid } from "./gallery-messages.ts";
import {
  type DeviceId,
  type Digest,
  deviceIdSchema,
  digestSchema,
  pseudonymSchema,
  wallMsSchema,
} from "./ids.ts";
import { limits } from "./limits.ts";
import { gatewayKeyId } from "./receipts.ts";
import { sealBytes, unseal } from "./seal.ts";
import { serviceSchema } from "./services.ts";

/** What stands beside the ciphertext in the clear, and is bound to it: names of a service, and no template. */
export const envelopeHeaderSchema = z.strictObject({
  v: z.literal(1),
  from: deviceIdSchema,
  to: deviceIdSchema,
  grant: randomIdSchema,
  service: serviceSchema,
  /** The embedder, and which secret rotation its templates went through. */
  model: z.string().min(1).max(120),
  dimensions: z.int().min(1).max(4_096),
  rows: z
    .array(
      z.strictObject({ person: pseudonymSchema, version: randomIdSchema, until: wallMsSchema }),
    )
    .min(1)
    .max(limits.galleryRowsMax),
});
export type EnvelopeHeader = Readonly<z.infer<typeof envelopeHeaderSchema>>;

/** A part of a gallery on its way: what the sender bound, and what only the receiver opens. */
export interface Envelope {
  readonly header: EnvelopeHeader;
  /** The very bytes of the header: additional data of the encryption. */
  readonly bound: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** Digest of the ciphertext, by which two boxes speak of one envelope. */
  readonly digest: Digest;
}

/** Info of the encryption (RFC 9180 section 5.1), apart from whatever else a key may open. */
export const envelopeInfo = "tebura-gallery-envelope-v1";

export function headerBytes(header: EnvelopeHeader): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(envelopeHeaderSchema.parse(header)));
}

/** The bytes that the sender signs, and that the receiver gets as they are. */
export function envelopeBytes({ bound, ciphertext }: Pick<Envelope, "bound" | "ciphertext">) {
  return framed(bound, ciphertext);
}

export function readEnvelope(bytes: Uint8Array): Envelope {
  const [bound, ciphertext] = unframed(bytes);
  const header = envelopeHeaderSchema.parse(JSON.parse(Buffer.from(bound).toString("utf8")));
  return { header, bound, ciphertext, digest: digestOf(ciphertext) };
}

/** Seals an envelope as its sender. */
export async function sealEnvelope(
  envelope: Pick<Envelope, "bound" | "ciphertext">,
  from: DeviceId,
  privateKey: KeyObject,
): Promise<string> {
  return await sealBytes("tebura-envelope+jws", envelopeBytes(envelope), from, privateKey);
}

/** Opens the sender's seal, and not the envelope. Throws GALLERY_MESSAGE_INVALID. */
export async function openEnvelope(
  sealed: string,
  from: DeviceId,
  publicKey: KeyObject,
): Promise<Envelope> {
  return await orInvalid("tebura-envelope+jws", async () => {
    const envelope = readEnvelope(await unseal("tebura-envelope+jws", sealed, from, publicKey));
    if (envelope.header.from === from) return envelope;
    throw new Error("another sender's");
  });
}

const numbered = { v: z.literal(1), device: deviceIdSchema, number: z.int().min(1) };

/** What a box does to its gallery, in the order of the numbers, each once. */
const orderSchema = z.discriminatedUnion("kind", [
  /** Takes people in; the envelope follows the order's own bytes. */
  z.strictObject({
    ...numbered,
    kind: z.literal("put"),
    from: deviceIdSchema,
    envelope: digestSchema,
  }),
  /** Deletes people, whatever version it holds of them. */
  z.strictObject({
    ...numbered,
    kind: z.literal("remove"),
    service: serviceSchema,
    persons: z.array(pseudonymSchema).min(1).max(limits.galleryRowsMax),
  }),
  /** Puts all templates through another rotation: its seed, sealed to this box. */
  z.strictObject({
    ...numbered,
    kind: z.literal("rekey"),
    rotation: z.string().min(1).max(20),
    seed: z.string().regex(/^[A-Za-z0-9_-]{107}$/),
  }),
  /** Deletes everybody whom another box sealed to this one: they are sent anew. */
  z.strictObject({ ...numbered, kind: z.literal("reset") }),
  /** Nothing: what stood under this number is not wanted any more. */
  z.strictObject({ ...numbered, kind: z.literal("skip") }),
]);
export type GalleryOrder = Readonly<z.infer<typeof orderSchema>>;

/** Info of the encryption of a rotation's seed. */
export const seedInfo = "tebura-rotation-seed-v1";

export async function sealGalleryOrder(
  order: GalleryOrder,
  body: Uint8Array,
  privateKey: KeyObject,
): Promise<string> {
  const bytes = framed(new TextEncoder().encode(JSON.stringify(order)), body);
  return await sealBytes("tebura-gallery-order+jws", bytes, gatewayKeyId, privateKey);
}

/** Verifies and reads an order to `device`, with what follows it. Throws GALLERY_MESSAGE_INVALID. */
export async function openGalleryOrder(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<{ readonly order: GalleryOrder; readonly body: Uint8Array }> {
  return await orInvalid("tebura-gallery-order+jws", async () => {
    const bytes = await unseal("tebura-gallery-order+jws", sealed, gatewayKeyId, publicKey);
    const [head, body] = unframed(bytes);
    const order = orderSchema.parse(JSON.parse(Buffer.from(head).toString("utf8")));
    if (order.device === device) return { order, body };
    throw new Error("another box's");
  });
}

const lengthBytes = 4;

function framed(head: Uint8Array, body: Uint8Array): Uint8Array {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body]);
}

function unframed(bytes: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const length = bytes.length < lengthBytes ? 0 : Buffer.from(bytes).readUInt32BE(0);
  const end = lengthBytes + length;
  if (length === 0 || end > bytes.length) {
    throw new TeburaError("GALLERY_MESSAGE_INVALID", "a message between galleries is cut off");
  }
  return [bytes.subarray(lengthBytes, end), bytes.subarray(end)];
}
