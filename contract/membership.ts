import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "./errors.ts";
import { type DeviceId, deviceIdSchema } from "./ids.ts";
import { seal, unseal } from "./seal.ts";

/**
 * How a box becomes a member of a fleet, and stays one. It asks over HTTPS, with everything sealed by
 * the key that will sign its events; the answer certifies the other key, with which it speaks TLS.
 */
const secretSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url");
const pem = z.string().max(4_096);

/** Joining: the one-time secret of an invitation, and the keys that the box made for itself. */
export const joinRequestSchema = z.strictObject({
  v: z.literal(1),
  secret: secretSchema,
  device: deviceIdSchema,
  /** Public half of the key that signs events (Ed25519), as PEM. This request is sealed with it. */
  eventKey: pem,
  /** PKCS #10 in base64, for the key that speaks TLS. */
  request: z.base64().max(4_096),
});
export type JoinRequest = z.infer<typeof joinRequestSchema>;

/**
 * Staying: a member asks for its next certificate. Repeated by somebody else it brings them nothing: the
 * certificate is for the same key.
 */
export const renewRequestSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  request: z.base64().max(4_096),
});
export type RenewRequest = z.infer<typeof renewRequestSchema>;

export const renewAnswerSchema = z.strictObject({
  /** The certificate for the request's key, as PEM. */
  certificate: pem,
  authority: pem,
});
export type RenewAnswer = z.infer<typeof renewAnswerSchema>;

export const joinAnswerSchema = z.strictObject({
  ...renewAnswerSchema.shape,
  device: deviceIdSchema,
  gatewayKey: pem,
  brokerUrl: z.url().max(300),
  /** 32 bytes in base64url, under which this deployment makes its pseudonyms. */
  pseudonymKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** 32 bytes in base64url: the secret that this deployment's templates are rotated by. */
  rotationKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;

export async function sealJoin(value: JoinRequest, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-join+jws", value, value.device, privateKey);
}

export async function sealRenewal(value: RenewRequest, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-renewal+jws", value, value.device, privateKey);
}

/** Reads a request whose seal was made with the key that it names. Throws REQUEST_INVALID. */
export async function openJoin(
  sealed: string,
  keyOf: (pem: string) => KeyObject,
): Promise<JoinRequest> {
  return await orInvalid(async () => {
    const claimed = joinRequestSchema.parse(claimsOf(sealed));
    await unseal("tebura-join+jws", sealed, claimed.device, keyOf(claimed.eventKey));
    return claimed;
  });
}

/** Reads a member's request, sealed with the key that the fleet knows it by. Throws REQUEST_INVALID. */
export async function openRenewal(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<RenewRequest> {
  return await orInvalid(async () => {
    const payload = await unseal("tebura-renewal+jws", sealed, device, publicKey);
    const request = renewRequestSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
    if (request.device === device) return request;
    throw new Error("another device's");
  });
}

/** The payload before its signature was verified: good for finding the key, and for nothing else. */
function claimsOf(sealed: string): unknown {
  return JSON.parse(Buffer.from(sealed.split(".")[1] ?? "", "base64url").toString("utf8"));
}

async function orInvalid<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new TeburaError("REQUEST_INVALID", "the request is not well formed or not sealed", {
      cause,
    });
  }
}
