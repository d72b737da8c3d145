import * as z from "zod";
import {
  type CardIdentity,
  type CardRules,
  type CardSignatureCode,
  cardIdentity,
  readCardSignature,
  validateCard,
} from "./card-signature.ts";
import { randomIdSchema, type SignedConsent, signedConsentSchema } from "./consent.ts";
import { deviceIdSchema, pseudonymSchema, type WallMs, wallMsSchema } from "./ids.ts";
import type { PathCode } from "./pki/codes.ts";
import { serviceSchema } from "./services.ts";
import type { HolderCode } from "./step-up.ts";

const said = {
  type: z.literal("tebura-mandate"),
  v: z.literal(1),
  id: randomIdSchema,
  /** One service: who lets somebody act in three signs three, and none of them names the others. */
  service: serviceSchema,
  /** For whom, and who may, both as this service knows them. */
  person: pseudonymSchema,
  proxy: pseudonymSchema,
  device: deviceIdSchema,
  /** Whose card signed: the person's own, or their guardian's. A proxy appoints nobody. */
  by: z.enum(["self", "guardian"]),
  at: wallMsSchema,
};

/** Lets somebody act for somebody else in one service between two moments, or ends it. */
export const mandateSchema = z.discriminatedUnion("act", [
  z.strictObject({ ...said, act: z.literal("appoint"), from: wallMsSchema, until: wallMsSchema }),
  z.strictObject({ ...said, act: z.literal("dismiss") }),
]);
export type Mandate = Readonly<z.infer<typeof mandateSchema>>;

/** The one encoding of a mandate: UTF-8 JSON without spaces, in this order of keys. */
export function encodeMandate(mandate: Mandate): Uint8Array {
  const { type, v, id, act, service, person, proxy, device, by, at } = mandate;
  const common = { type, v, id, act, service, person, proxy, device, by, at };
  if (mandate.act === "dismiss") return new TextEncoder().encode(JSON.stringify(common));
  const { from, until } = mandate;
  return new TextEncoder().encode(JSON.stringify({ ...common, from, until }));
}

export type MandateCode =
  | "MANDATE_MALFORMED"
  | "MANDATE_NOT_CANONICAL"
  | "MANDATE_TERMS_INVALID"
  | "MANDATE_FROM_FUTURE"
  | CardSignatureCode
  | HolderCode
  | PathCode;

export type MandateVerdict =
  | { readonly ok: true; readonly mandate: Mandate; readonly card: CardIdentity }
  | { readonly ok: false; readonly code: MandateCode };

/** How far a box's clock may run ahead of the verifier's. */
const aheadMsMax = 120_000;
const mandateMsMax = 5 * 366 * 24 * 3_600_000;

/**
 * Verifies a mandate from its bytes alone, as a consent is: the signature before anything is read, then
 * what it says, then the card's certificate at the time of signing. Never throws for what it is given.
 */
export function verifyMandate(
  evidence: unknown,
  { now, ...rules }: CardRules & { readonly now: WallMs },
): MandateVerdict {
  const parsed = signedConsentSchema.safeParse(evidence);
  if (!parsed.success) return refuse("MANDATE_MALFORMED");
  const signed = readCardSignature(parsed.data);
  if (!signed.ok) return signed;
  const mandate = mandateIn(parsed.data);
  if (!mandate) return refuse("MANDATE_MALFORMED");
  if (!Buffer.from(encodeMandate(mandate)).equals(signed.bytes)) {
    return refuse("MANDATE_NOT_CANONICAL");
  }
  if (mandate.at > now + aheadMsMax) return refuse("MANDATE_FROM_FUTURE");
  const isOfTwo = mandate.proxy !== mandate.person;
  if (!isOfTwo || !isSpan(mandate)) return refuse("MANDATE_TERMS_INVALID");
  const path = validateCard(signed, mandate.at, rules);
  if (!path.ok) return refuse(path.code);
  const issuer = path.path.at(-2) ?? path.anchor;
  return { ok: true, mandate, card: cardIdentity(signed.certificate, issuer) };
}

/** What a mandate says, not verified; undefined where it is none. */
function mandateIn({ statement }: Pick<SignedConsent, "statement">): Mandate | undefined {
  try {
    return mandateSchema.parse(JSON.parse(Buffer.from(statement, "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}

function isSpan(mandate: Mandate): boolean {
  if (mandate.act === "dismiss") return true;
  const { from, until } = mandate;
  return from < until && until <= from + mandateMsMax;
}

const refuse = (code: MandateCode): { readonly ok: false; readonly code: MandateCode } => ({
  ok: false,
  code,
});
