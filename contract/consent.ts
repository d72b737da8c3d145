import * as z from "zod";
import {
  type CardIdentity,
  type CardRules,
  type CardSignatureCode,
  cardIdentity,
  readCardSignature,
  validateCard,
} from "./card-signature.ts";
import { sealedSignatureSchema } from "./consent-signature.ts";
import { viewerNames } from "./consent-texts.ts";
import { consentWords, digestOfWords } from "./consent-words.ts";
import {
  deviceIdSchema,
  digestSchema,
  type Pseudonym,
  pseudonymSchema,
  type WallMs,
  wallMsSchema,
} from "./ids.ts";
import type { PathCode } from "./pki/codes.ts";
import { type Service, serviceSchema } from "./services.ts";
import type { HolderCode } from "./step-up.ts";
import { bytesSchema } from "./step-up-evidence.ts";

/** Sixteen random bytes in base64url. */
export const randomIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url");

/** What somebody agrees to, for one service. */
export const consentTermsSchema = z.strictObject({
  from: wallMsSchema,
  until: wallMsSchema,
  /** For how many days records of use stay readable. */
  eventDays: z.int().min(1).max(3_650),
  /** In the order of `viewerNames`, each once, so that one set has one spelling. */
  viewers: z
    .array(z.enum(viewerNames))
    .min(1)
    .refine((all) => viewerNames.filter((name) => all.includes(name)).join() === all.join()),
  /** Version of the words, and the digest of those that were shown (contract/consent-words.ts). */
  text: z.string().regex(/^[0-9a-z.-]{1,20}$/),
  words: digestSchema,
});
export type ConsentTerms = Readonly<z.infer<typeof consentTermsSchema>>;

const said = {
  type: z.literal("tebura-consent"),
  v: z.literal(1),
  /** Random: two consents to the same are two. */
  id: randomIdSchema,
  service: serviceSchema,
  /** The person as this service knows them; no statement names two services. */
  person: pseudonymSchema,
  /** Where it was signed. */
  device: deviceIdSchema,
  /** Whose card signed: the person's own, a guardian's for a child or ward, or a proxy's. */
  by: z.enum(["self", "guardian", "proxy"]),
  at: wallMsSchema,
};

/** What a card signs: a consent to terms, or the end of whatever was agreed to before. */
export const consentStatementSchema = z.discriminatedUnion("act", [
  z.strictObject({ ...said, act: z.literal("give"), terms: consentTermsSchema }),
  z.strictObject({ ...said, act: z.literal("withdraw") }),
]);
export type ConsentStatement = Readonly<z.infer<typeof consentStatementSchema>>;

/** The one encoding of a statement: UTF-8 JSON without spaces, in this order of keys. */
export function encodeConsent(statement: ConsentStatement): Uint8Array {
  const { type, v, id, service, person, device, by, at, act } = statement;
  const common = { type, v, id, act, service, person, device, by, at };
  if (statement.act === "withdraw") return new TextEncoder().encode(JSON.stringify(common));
  const { from, until, eventDays, viewers, text, words } = statement.terms;
  const terms = { from, until, eventDays, viewers, text, words };
  return new TextEncoder().encode(JSON.stringify({ ...common, terms }));
}

/** A statement with its card's signature: everything that somebody needs to verify it later. */
export const signedConsentSchema = z.strictObject({
  /** What really opened the key: a PIN, or mere possession of the card. */
  factor: z.enum(["pin", "possession"]),
  algorithm: z.enum(["rsa-sha256", "p384-sha384"]),
  statement: bytesSchema(1_536),
  signature: bytesSchema(768),
  certificate: bytesSchema(4_096),
  intermediates: z.array(bytesSchema(4_096)).max(1),
  /** Signed by the card's signing key as well: sealed, for the gateway alone (contract/consent-signature.ts). */
  sealedSignature: sealedSignatureSchema.optional(),
});
export type SignedConsent = Readonly<z.infer<typeof signedConsentSchema>>;

/** Why a signed consent does not count. Stable, for programs. */
export type ConsentCode =
  | "CONSENT_MALFORMED"
  | "CONSENT_NOT_CANONICAL"
  | "CONSENT_TERMS_INVALID"
  | "CONSENT_WORDS_UNKNOWN"
  | "CONSENT_FROM_FUTURE"
  | "CONSENT_SIGNATURE_NEEDED"
  | "CONSENT_SIGNATURE_UNREADABLE"
  | "CONSENT_SIGNATURE_OTHER_CARD"
  | CardSignatureCode
  | HolderCode
  | SpeakerCode
  | PathCode;

/** Why somebody may not sign for somebody else, or for themselves. */
export type SpeakerCode =
  | "GUARDIAN_NEEDED"
  | "GUARDIAN_ENDED"
  | "GUARDIAN_END_UNKNOWN"
  | "CONSENT_OUTLIVES_GUARDIAN"
  | "PROXY_OUT_OF_SCOPE"
  | "PROXY_OUT_OF_TIME";

export interface ConsentContext extends CardRules {
  /** The verifier's clock: nothing that claims to come from later counts. */
  readonly now: WallMs;
  /** Whether this card may speak for the person; left out where nobody keeps a registry. */
  holder?(card: CardIdentity, statement: ConsentStatement): HolderCode | SpeakerCode | undefined;
}

export type ConsentVerdict =
  | {
      readonly ok: true;
      readonly statement: ConsentStatement;
      readonly card: CardIdentity;
      /** When the card's certificate ends. */
      readonly expiresAt: WallMs;
    }
  | { readonly ok: false; readonly code: ConsentCode };

const dayMs = 24 * 3_600_000;
/** How far a box's clock may run ahead of the verifier's. */
const aheadMsMax = 120_000;
/** Longer than a card's certificate is good for; a face changes sooner. */
const consentMsMax = 5 * 366 * dayMs;

/**
 * Verifies a signed consent or withdrawal from its bytes alone: the signature before anything is read,
 * the words that were shown, then the card's certificate at the time of signing. Never throws for what
 * the evidence says. A consent that comes late is good, one from the future is not: it would outlive a
 * withdrawal.
 */
export function verifyConsent(evidence: unknown, context: ConsentContext): ConsentVerdict {
  const parsed = signedConsentSchema.safeParse(evidence);
  if (!parsed.success) return refuse("CONSENT_MALFORMED");
  const signed = readCardSignature(parsed.data);
  if (!signed.ok) return signed;
  const reading = parseConsent(signed.bytes);
  if (!reading.ok) return reading;
  const { statement } = reading;
  if (statement.at > context.now + aheadMsMax) return refuse("CONSENT_FROM_FUTURE");
  const flaw = flawOfTerms(statement);
  if (flaw) return refuse(flaw);
  const path = validateCard(signed, statement.at, context);
  if (!path.ok) return refuse(path.code);
  const card = cardIdentity(signed.certificate, path.path.at(-2) ?? path.anchor);
  const other = context.holder?.(card, statement);
  if (other) return refuse(other);
  return { ok: true, statement, card, expiresAt: signed.certificate.notAfter };
}

const refuse = (code: ConsentCode): { readonly ok: false; readonly code: ConsentCode } => ({
  ok: false,
  code,
});

type ConsentReading =
  | { readonly ok: true; readonly statement: ConsentStatement }
  | { readonly ok: false; readonly code: ConsentCode };

/** Reads a statement whose signature already holds: only the very bytes that `encodeConsent` makes. */
function parseConsent(bytes: Uint8Array): ConsentReading {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refuse("CONSENT_MALFORMED");
  }
  const parsed = consentStatementSchema.safeParse(value);
  if (!parsed.success) return refuse("CONSENT_MALFORMED");
  const isCanonical = Buffer.from(encodeConsent(parsed.data)).equals(bytes);
  return isCanonical ? { ok: true, statement: parsed.data } : refuse("CONSENT_NOT_CANONICAL");
}

function flawOfTerms(statement: ConsentStatement): ConsentCode | undefined {
  if (statement.act === "withdraw") return undefined;
  const { terms, service } = statement;
  const { from, until } = terms;
  if (until <= from || until > from + consentMsMax) return "CONSENT_TERMS_INVALID";
  const words = consentWords(terms.text, { ...terms, service });
  const isKnown = words && digestOfWords(terms.text, words) === terms.words;
  return isKnown ? undefined : "CONSENT_WORDS_UNKNOWN";
}

/** What is asked of somebody for one service, with the digest of the words filled in. */
export function termsOf(
  text: string,
  asked: { readonly service: Service } & Omit<ConsentTerms, "text" | "words">,
): ConsentTerms | undefined {
  const words = consentWords(text, asked);
  if (!words) return undefined;
  const { from, until, eventDays, viewers } = asked;
  return { from, until, eventDays, viewers: [...viewers], text, words: digestOfWords(text, words) };
}

/** What a withdrawal or consent is about: one person in one service. */
export interface ConsentKey {
  readonly service: Service;
  readonly person: Pseudonym;
}

/** A row of whoever's gallery, as gateway and boxes name it. */
export interface GalleryRow extends ConsentKey {
  /** Random, a new one for each enrolment: it tells templates apart and says nothing of them. */
  readonly version: string;
}
