import * as z from "zod";
import { deviceIdSchema, digestSchema, pseudonymSchema } from "../ids.ts";
import { limits } from "../limits.ts";
import { serviceSchema } from "../services.ts";

const randomId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const row = z.strictObject({ person: pseudonymSchema, version: randomId });
const rows = z.array(row).min(1).max(limits.galleryRowsMax);
/** State of the whole gallery before and after, so that a box's word on a change is about all it holds. */
const change = { before: digestSchema, after: digestSchema };

/** A box enrolled somebody; `statement` is the consent that it rests on. */
const enrolledSchema = z.strictObject({
  type: z.literal("gallery.enrolled"),
  service: serviceSchema,
  ...row.shape,
  statement: digestSchema,
  ...change,
});

/** The gateway lets one box seal people to another: on record before the grant is sent. */
const grantedSchema = z.strictObject({
  type: z.literal("gallery.granted"),
  service: serviceSchema,
  grant: randomId,
  from: deviceIdSchema,
  to: deviceIdSchema,
  rows,
});

/** A box sealed people to another: to which key, and the digest of the ciphertext. */
const sealedSchema = z.strictObject({
  type: z.literal("gallery.sealed"),
  service: serviceSchema,
  grant: randomId,
  to: deviceIdSchema,
  key: digestSchema,
  envelope: digestSchema,
  rows,
});

/** A box opened what was sealed to it. An envelope that no box has sealed is somebody's forgery. */
const receivedSchema = z.strictObject({
  type: z.literal("gallery.received"),
  service: serviceSchema,
  from: deviceIdSchema,
  envelope: digestSchema,
  order: z.int().min(1),
  rows,
  ...change,
});

/** A box deleted people: its signed answer to an order of the gateway, or by itself (order 0). */
const forgottenSchema = z.strictObject({
  type: z.literal("gallery.forgotten"),
  service: serviceSchema,
  order: z.int().min(0),
  /** Those who were asked for, also where the box held none of them. */
  persons: z.array(pseudonymSchema).min(1).max(limits.galleryRowsMax),
  ...change,
});

/** All templates went through a new secret rotation; the old one is destroyed. */
const rekeyedSchema = z.strictObject({
  type: z.literal("gallery.rekeyed"),
  rotation: z.string().min(1).max(20),
  templates: z.int().min(0),
});

/** A person was given the proof that they are gone from every box. */
const certifiedSchema = z.strictObject({
  type: z.literal("gallery.deletion-certified"),
  service: serviceSchema,
  person: pseudonymSchema,
  boxes: z.int().min(0),
  certificate: digestSchema,
});

export const galleryBodies = [
  enrolledSchema,
  grantedSchema,
  sealedSchema,
  receivedSchema,
  forgottenSchema,
  rekeyedSchema,
  certifiedSchema,
] as const;
