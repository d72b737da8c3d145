import * as z from "zod";

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A box. Chosen at provisioning; a segment of an MQTT topic, so its alphabet is narrow. */
export type DeviceId = Brand<string, "DeviceId">;
/** A person inside one appliance's gallery. Never leaves the appliance. */
export type PersonId = Brand<string, "PersonId">;
/** A person inside one service: HMAC of the person under that service's key. Travels in events. */
export type Pseudonym = Brand<string, "Pseudonym">;
/** SHA-256, base64url without padding: 43 characters. */
export type Digest = Brand<string, "Digest">;
/** Milliseconds since 1970. Labels an event. May jump. */
export type WallMs = Brand<number, "WallMs">;
/** Milliseconds since an arbitrary start. Measures a wait. Never jumps. */
export type MonotonicMs = Brand<number, "MonotonicMs">;

export const deviceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "lower-case letters, digits and hyphens, 40 at most")
  .transform((text) => text as DeviceId);

export const pseudonymSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url")
  .transform((text) => text as Pseudonym);

export const digestSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "a SHA-256 in base64url")
  .transform((text) => text as Digest);

export const wallMsSchema = z
  .int()
  .min(0)
  .max(8.64e15)
  .transform((value) => value as WallMs);
