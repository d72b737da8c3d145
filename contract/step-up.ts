import {
  type CardIdentity,
  type CardRules,
  type CardSignatureCode,
  cardIdentity,
  readCardSignature,
  validateCard,
} from "./card-signature.ts";
import type { DeviceId, Pseudonym, WallMs } from "./ids.ts";
import type { PhoneCode } from "./phone-evidence.ts";
import type { PathCode } from "./pki/codes.ts";
import type { RevocationSource } from "./pki/revocation.ts";
import type { Service } from "./services.ts";
import { type StepUp, stepUpSchema } from "./step-up-evidence.ts";
import { parseStatement, type StatementCode, type StepUpStatement } from "./step-up-statement.ts";

export { type CardIdentity, cardIdentity };

/** Why a step-up was refused. Stable, for programs. */
export type StepUpCode =
  /** The event says that a card proved something, and brings none. */
  | "STEP_UP_MISSING"
  | "STEP_UP_MALFORMED"
  /** The event says something else of the card than its evidence shows. */
  | "STEP_UP_DIFFERS"
  | CardSignatureCode
  | StatementCode
  | "STATEMENT_OTHER_DEVICE"
  | "STATEMENT_OTHER_EVENT"
  | "STATEMENT_OTHER_SERVICE"
  | "STATEMENT_OTHER_PERSON"
  | "STATEMENT_OTHER_TIME"
  | NonceCode
  | HolderCode
  | PhoneCode
  | PathCode;

export type NonceCode =
  | "NONCE_NEVER_ISSUED"
  | "NONCE_OTHER_DEVICE"
  | "NONCE_USED"
  | "NONCE_EXPIRED";
export type HolderCode = "CARD_UNKNOWN" | "CARD_LOST" | "CARD_OTHER_PERSON";

export interface StepUpContext extends CardRules {
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
  const signed = readCardSignature(stepUp);
  if (!signed.ok) return refuse(signed.code);
  const reading = parseStatement(signed.bytes);
  if (!reading.ok) return reading;
  const { statement } = reading;
  const wrong = whyElsewhere(statement, context) ?? whyNonceFails(statement, context);
  if (wrong) return refuse(wrong);
  const path = validateCard(signed, context.expected.at, context);
  if (!path.ok) {
    const { code, revokedAt } = path;
    return { ok: false, code, ...(revokedAt === undefined ? {} : { revokedAt }) };
  }
  const card = cardIdentity(signed.certificate, path.path.at(-2) ?? path.anchor);
  const other = context.holder?.(card, statement.person, statement.service);
  if (other) return refuse(other);
  const { policies, revocation } = path;
  const { factor } = stepUp;
  return {
    ...{ ok: true, statement, factor, card, policies, revocation },
    expiresAt: signed.certificate.notAfter,
  };
}

const refuse = (code: StepUpCode): StepUpVerdict => ({ ok: false, code });

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
