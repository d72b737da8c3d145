import { createPublicKey, type KeyObject } from "node:crypto";
import * as z from "zod";
import { randomIdSchema, signedConsentSchema } from "./consent.ts";
import { TeburaError } from "./errors.ts";
import {
  type DeviceId,
  deviceIdSchema,
  digestSchema,
  pseudonymSchema,
  wallMsSchema,
} from "./ids.ts";
import { limits } from "./limits.ts";
import { gatewayKeyId } from "./receipts.ts";
import { type SealType, seal, unseal } from "./seal.ts";
import { serviceSchema } from "./services.ts";

/** Thirty-two bytes in base64url. */
const keySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url");

/** A box's public key (X25519) for what is sealed to it, certified by the key that signs its events. */
export const boxKeySchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  key: keySchema,
  /** What the box serves: it is given the people of this service and of no other. */
  service: serviceSchema,
  at: wallMsSchema,
});
export type BoxKey = Readonly<z.infer<typeof boxKeySchema>>;

/** A signed consent or withdrawal that a box hands in, again and again until it is answered. */
const handedInSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  consent: signedConsentSchema,
});

/** What became of it. A refused consent is none: the box deletes what rests on it. */
const consentAnswerSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  statement: digestSchema,
  /** Null when it counts, or why it does not. */
  refusal: z
    .string()
    .regex(/^[A-Z0-9_]{1,60}$/)
    .nullable(),
});

/** The gateway lets `device` seal these people to `to`, once and soon. */
const grantSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  grant: randomIdSchema,
  service: serviceSchema,
  to: deviceIdSchema,
  /** The receiver's key as it certified it, and the key to verify that with (SPKI in base64). */
  toKey: z.string().max(1_024),
  toSigner: z.base64().max(256),
  rows: z
    .array(z.strictObject({ person: pseudonymSchema, version: randomIdSchema }))
    .min(1)
    .max(limits.galleryRowsMax),
  until: wallMsSchema,
});
export type Grant = Readonly<z.infer<typeof grantSchema>>;

/**
 * The gateway's word that at this time a box had been sent every order up to `order`. A box that has
 * followed all of them knows that nobody else has withdrawn by then.
 */
const standingSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  at: wallMsSchema,
  order: z.int().min(0),
  /** The gateway's X25519 key: to it a box seals what names people and is for nobody else. */
  sealTo: keySchema.optional(),
});

interface Message<Value> {
  seal(value: Value, keyId: string, privateKey: KeyObject): Promise<string>;
  open(sealed: string, keyId: string, publicKey: KeyObject): Promise<Value>;
}

function message<Value extends { readonly device: DeviceId }>(
  type: SealType,
  schema: z.ZodType<Value>,
): Message<Value> {
  return {
    seal: async (value, keyId, privateKey) => await seal(type, value, keyId, privateKey),
    async open(sealed, keyId, publicKey) {
      return await orInvalid(type, async () => {
        const payload = await unseal(type, sealed, keyId, publicKey);
        return schema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
      });
    },
  };
}

/** A box's own messages: sealed by it, opened with the key that the fleet knows it by. */
export const boxKeyMessage = message("tebura-box-key+jws", boxKeySchema);
export const handedInMessage = message("tebura-consent+jws", handedInSchema);
/** The gateway's messages to a box. */
export const consentAnswerMessage = message("tebura-consent-answer+jws", consentAnswerSchema);
export const grantMessage = message("tebura-grant+jws", grantSchema);
export const standingMessage = message("tebura-gallery-standing+jws", standingSchema);

/** Opens a message of the gateway's to this box. Throws GALLERY_MESSAGE_INVALID, also for another box's. */
export async function openForBox<Value extends { readonly device: DeviceId }>(
  { open }: Message<Value>,
  sealed: string,
  device: DeviceId,
  gatewayKey: KeyObject,
): Promise<Value> {
  const value = await open(sealed, gatewayKeyId, gatewayKey);
  if (value.device === device) return value;
  throw new TeburaError("GALLERY_MESSAGE_INVALID", `a message for ${device} names another box`);
}

/**
 * The key that a grant says to seal to, as the receiver certified it. Throws GALLERY_MESSAGE_INVALID
 * where its certificate does not hold, or is another box's.
 */
export async function receiverOf({ to, toKey, toSigner, service }: Grant): Promise<BoxKey> {
  const signer = createPublicKey({
    key: Buffer.from(toSigner, "base64"),
    ...{ format: "der", type: "spki" },
  });
  const box = await boxKeyMessage.open(toKey, to, signer);
  if (box.device === to && box.service === service) return box;
  throw new TeburaError("GALLERY_MESSAGE_INVALID", "a grant names a key of another box");
}

/** Runs `read`, and tells whatever it throws in one way that repeats nothing of the message. */
export async function orInvalid<Value>(type: SealType, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    throw new TeburaError("GALLERY_MESSAGE_INVALID", `a ${type} did not verify`, { cause });
  }
}
