import { digestOf } from "./digest.ts";
import type { DeviceId, Digest, Pseudonym, WallMs } from "./ids.ts";
import { type Certificate, parseCertificate } from "./pki/certificate.ts";
import type { PathCode } from "./pki/codes.ts";
import type { RevocationSource } from "./pki/revocation.ts";
import { algorithmPolicy, type SignatureCheck, verifySignature } from "./pki/signature.ts";
import { type PathInputs, type RevocationInputs, validatePath } from "./pki/validate-path.ts";
import type { Service } from "./services.ts";
import { type StepUp, stepUpSchema } from "./step-up-evidence.ts";
import { parseStatement, type StatementCode, type StepUpStatement } from "./step-up-statement.ts";

const algorithms = {
  "rsa-sha256": { oid: "1.2.840.113549.1.1.11", curves: [] },
  "p384-sha384": { oid: "1.2.840.10045.4.3.3", curves: ["secp384r1"] },
} as const;

/** Why a step-up was refused. Stable, for programs. */
export type StepUpCode =
  /** The event says that a card proved something, and brings none. */
  | "STEP_UP_MISSING"
  | "STEP_UP_MALFORMED"
  | "STATEMENT_SIGNATURE_INVALID"
  | "STATEMENT_KEY_REFUSED"
  | StatementCode
  | "STATEMENT_OTHER_DEVICE"
  | "STATEMENT_OTHER_EVENT"
  | "STATEMENT_OTHER_SERVICE"
  | "STATEMENT_OTHER_PERSON"
  | "STATEMENT_OTHER_TIME"
  | NonceCode
  | HolderCode
  | PathCode;

export type NonceCode =
  | "NONCE_NEVER_ISSUED"
  | "NONCE_OTHER_DEVICE"
  | "NONCE_USED"
  | "NONCE_EXPIRED";
export type HolderCode = "CARD_UNKNOWN" | "CARD_LOST" | "CARD_OTHER_PERSON";

/**
 * A certificate as a registry knows it. Generations of an authority share one name and may use one
 * serial number each, so the issuer is told by its key.
 */
export interface CardIdentity {
  /** SHA-256 of the issuer's public key. */
  readonly issuerKey: Digest;
  /** Hexadecimal. */
  readonly serial: string;
}

export interface StepUpContext {
  /** What the event around the step-up says of itself. */
  readonly expected: {
    readonly device: DeviceId;
    readonly event: number;
    readonly service: Service;
    readonly person: Pseudonym;
    readonly at: WallMs;
  };
  /** How far the statement's time may lie from the event's. */
  readonly apartMsMax: number;
  /** Whether this nonce may be used by this device at that moment; the caller then marks it used. */
  readonly nonce: (nonce: string, device: DeviceId, at: WallMs) => NonceCode | undefined;
  /** Whether this card is the person's. Left out where nobody keeps a registry, as on a device. */
  readonly holder?: (
    card: CardIdentity,
    person: Pseudonym,
    service: Service,
  ) => HolderCode | undefined;
  readonly anchors: readonly Certificate[];
  /** Policies of which the card's certificate must carry one: they tell what it is for. */
  readonly policies: readonly string[];
  readonly revocation: RevocationInputs;
  /** For certificates, CRLs and OCSP; `rememberingCheck` where many cards are verified. */
  readonly check?: SignatureCheck;
}

export type StepUpVerdict =
  | {
      readonly ok: true;
      readonly statement: StepUpStatement;
      readonly factor: StepUp["factor"];
      readonly card: CardIdentity;
      /** When the card's certificate ends. */
      readonly expiresAt: WallMs;
      /** The policies under which the certificate was accepted. */
      readonly policies: ReadonlySet<string>;
      readonly revocation: readonly RevocationSource[];
    }
  /** `revokedAt` comes with REVOKED. */
  | { readonly ok: false; readonly code: StepUpCode; readonly revokedAt?: WallMs };

/**
 * Verifies a step-up from its bytes alone. Nothing of the statement is read before the signature
 * over it holds, and nothing is believed of the certificate before its path does. Never throws for
 * what the evidence says.
 */
export function verifyStepUp(evidence: unknown, context: StepUpContext): StepUpVerdict {
  const parsed = stepUpSchema.safeParse(evidence);
  if (!parsed.success) return refuse("STEP_UP_MALFORMED");
  const stepUp = parsed.data;
  const certificate = readCertificate(stepUp.certificate);
  const intermediates = stepUp.intermediates.map(readCertificate);
  if (!certificate || intermediates.includes(undefined)) return refuse("DER_MALFORMED");
  const bytes = Buffer.from(stepUp.statement, "base64url");
  const unsigned = whyUnsigned(stepUp, bytes, certificate);
  if (unsigned) return refuse(unsigned);
  const reading = parseStatement(bytes);
  if (!reading.ok) return reading;
  const { statement } = reading;
  const wrong = whyElsewhere(statement, context) ?? whyNonceFails(statement, context);
  if (wrong) return refuse(wrong);
  const candidates = intermediates.filter((one) => one !== undefined);
  const path = validatePath(pathInputs(certificate, candidates, context));
  if (!path.ok) {
    const { code, revokedAt } = path;
    return { ok: false, code, ...(revokedAt === undefined ? {} : { revokedAt }) };
  }
  const card = cardIdentity(certificate, path.path.at(-2) ?? path.anchor);
  const other = context.holder?.(card, statement.person, statement.service);
  if (other) return refuse(other);
  const { policies, revocation } = path;
  const { factor } = stepUp;
  return {
    ...{ ok: true, statement, factor, card, policies, revocation },
    expiresAt: certificate.notAfter,
  };
}

const refuse = (code: StepUpCode): StepUpVerdict => ({ ok: false, code });

function readCertificate(text: string): Certificate | undefined {
  try {
    return parseCertificate(Buffer.from(text, "base64url"));
  } catch {
    return undefined;
  }
}

function whyUnsigned(
  stepUp: StepUp,
  data: Uint8Array,
  certificate: Certificate,
): StepUpCode | undefined {
  const { oid, curves } = algorithms[stepUp.algorithm];
  const input = {
    algorithm: { oid, parameters: undefined },
    spki: certificate.publicKey.spki,
    data,
    signature: Buffer.from(stepUp.signature, "base64url"),
  };
  const verdict = verifySignature(input, { ...algorithmPolicy, curves });
  if (verdict === "valid") return undefined;
  return verdict === "SIGNATURE_INVALID" ? "STATEMENT_SIGNATURE_INVALID" : "STATEMENT_KEY_REFUSED";
}

function whyElsewhere(
  statement: StepUpStatement,
  { expected, apartMsMax }: StepUpContext,
): StepUpCode | undefined {
  if (statement.device !== expected.device) return "STATEMENT_OTHER_DEVICE";
  if (statement.event !== expected.event) return "STATEMENT_OTHER_EVENT";
  if (statement.service !== expected.service) return "STATEMENT_OTHER_SERVICE";
  if (statement.person !== expected.person) return "STATEMENT_OTHER_PERSON";
  const apartMs = Math.abs(statement.at - expected.at);
  return apartMs > apartMsMax ? "STATEMENT_OTHER_TIME" : undefined;
}

function whyNonceFails(statement: StepUpStatement, context: StepUpContext): NonceCode | undefined {
  return context.nonce(statement.nonce, statement.device, context.expected.at);
}

function pathInputs(
  target: Certificate,
  candidates: readonly Certificate[],
  context: StepUpContext,
): PathInputs {
  return {
    target,
    candidates,
    anchors: context.anchors,
    at: context.expected.at,
    policies: { acceptable: context.policies, requireExplicit: true },
    usages: ["digitalSignature"],
    revocation: context.revocation,
    ...(context.check ? { check: context.check } : {}),
  };
}

/** How a registry names the card of `certificate`, which `issuer` signed. */
export function cardIdentity(certificate: Certificate, issuer: Certificate): CardIdentity {
  return Object.freeze({
    issuerKey: digestOf(issuer.publicKey.spki),
    serial: certificate.serial,
  });
}
