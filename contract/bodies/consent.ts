import * as z from "zod";
import { digestSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";
import { serviceSchema } from "../services.ts";

/**
 * Consent and its end. Each event is of one service and knows the person by that service's pseudonym
 * only. The signed statement itself is kept sealed beside the ledger, since a card's certificate is the
 * same in all services; `statement` is its digest.
 */
const about = { service: serviceSchema, person: pseudonymSchema };

/** Whose card signed, and by which name this service knows them where it was not the person's own. */
const signer = {
  by: z.enum(["self", "guardian", "proxy"]),
  guardian: pseudonymSchema.optional(),
  proxy: pseudonymSchema.optional(),
};

const givenSchema = z.strictObject({
  type: z.literal("consent.given"),
  ...about,
  /** When the card signed: consents and withdrawals are put in order by this. */
  signedAt: wallMsSchema,
  from: wallMsSchema,
  until: wallMsSchema,
  ...signer,
  statement: digestSchema,
  /** Which of the card's keys signed; both, where it says `signature`. Left out before there was a choice. */
  key: z.enum(["authentication", "signature"]).optional(),
});

const withdrawnSchema = z.strictObject({
  type: z.literal("consent.withdrawn"),
  ...about,
  /** From this moment on nothing that was agreed to before counts. */
  signedAt: wallMsSchema,
  /**
   * A card's signature, somebody whose identity was established otherwise, or the registry: by it the person
   * has no guardian any more who could have agreed, or it forgets the person, or the only guardian.
   */
  how: z.enum(["card", "counter", "web", "registry"]),
  /** Who took it in at a counter or page: an office's own name for the clerk or session, no person's. */
  who: z.string().min(1).max(120).optional(),
  ...{ by: signer.by.optional(), guardian: signer.guardian, proxy: signer.proxy },
  statement: digestSchema.optional(),
});

/** Somebody lets a proxy act for them in one service between two moments. */
const appointedSchema = z.strictObject({
  type: z.literal("proxy.appointed"),
  ...about,
  proxy: pseudonymSchema,
  /** When the card signed, the person's own or their guardian's. */
  signedAt: wallMsSchema,
  from: wallMsSchema,
  until: wallMsSchema,
  by: z.enum(["self", "guardian"]),
  guardian: pseudonymSchema.optional(),
  statement: digestSchema,
});

/** From this moment on the proxy may do nothing more for the person in this service. */
const dismissedSchema = z.strictObject({
  type: z.literal("proxy.dismissed"),
  ...about,
  proxy: pseudonymSchema,
  signedAt: wallMsSchema,
  /** By `registry`, one of the two is forgotten, or the guardian who signed. */
  how: z.enum(["card", "counter", "web", "registry"]),
  who: z.string().min(1).max(120).optional(),
  statement: digestSchema.optional(),
});

/** What a box handed in and the gateway does not count: the box deletes what rests on it. */
const refusedSchema = z.strictObject({
  type: z.literal("consent.refused"),
  ...about,
  statement: digestSchema,
  code: z.string().regex(/^[A-Z0-9_]{1,60}$/),
});

export const consentBodies = [
  givenSchema,
  withdrawnSchema,
  refusedSchema,
  appointedSchema,
  dismissedSchema,
] as const;
