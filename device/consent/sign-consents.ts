import type { CardIdentity } from "#contract/card-signature.ts";
import {
  type ConsentStatement,
  encodeConsent,
  type SignedConsent,
  verifyConsent,
} from "#contract/consent.ts";
import type { WallMs } from "#contract/ids.ts";
import type { SigningCard } from "../card/card.ts";
import { type CardTrust, examineCard, rememberedCheck } from "../step-up/examine-card.ts";
import { openKey, type StepUpPorts } from "../step-up/perform.ts";
import { type NamedSigning, signWithName } from "./sign-with-name.ts";

export interface SignedStatement {
  readonly statement: ConsentStatement;
  readonly signed: SignedConsent;
}

export type SigningResult =
  | { readonly ok: true; readonly card: CardIdentity; readonly all: readonly SignedStatement[] }
  | { readonly ok: false; readonly code: string };

export interface SigningPorts extends Pick<StepUpPorts, "factor" | "askPin"> {
  readonly rules: CardTrust;
  /** How consents are signed with the key that names its owner; withdrawals never are. */
  readonly named: NamedSigning;
  wall(): WallMs;
  /** What this card is asked to sign; empty when there is nothing. */
  statementsFor(card: CardIdentity): readonly ConsentStatement[];
}

/**
 * Has a card sign statements, each for one service, after one PIN: the certificate first, since a dead
 * card is not worth a PIN. The key that names its owner signs after it, where that is asked and given. All are verified here as the gateway will; with one that does not hold there is
 * none. Throws what the card throws.
 */
export async function signConsents(card: SigningCard, ports: SigningPorts): Promise<SigningResult> {
  const der = await card.readAuthenticationCertificate();
  const examined = examineCard(der, ports.rules, ports.wall());
  if (!examined.ok) return examined;
  const statements = ports.statementsFor(examined.card);
  if (statements.length === 0) return { ok: false, code: "PERSON_NOT_FOUND" };
  const factor = await openKey(card, ports);
  if (factor === undefined) return { ok: false, code: "CARD_PIN_NEEDED" };
  const all: SignedStatement[] = [];
  for (const statement of statements) {
    const bytes = encodeConsent(statement);
    const signature = await card.signForAuthentication(bytes);
    const signed: SignedConsent = {
      ...{ factor, algorithm: card.algorithm, intermediates: [] },
      statement: base64url(bytes),
      signature: base64url(signature),
      certificate: base64url(der),
    };
    const code = flawOf(signed, ports);
    if (code !== undefined) return { ok: false, code };
    all.push({ statement, signed });
  }
  const named = await withNames(card, all, ports);
  return named.ok ? { ok: true, card: examined.card, all: named.all } : named;
}

/** Whoever ends a consent needs nothing but the four digits; who gives one may sign it with their name as well. */
async function withNames(
  card: SigningCard,
  all: readonly SignedStatement[],
  ports: SigningPorts,
): Promise<
  | { readonly ok: true; readonly all: readonly SignedStatement[] }
  | { readonly ok: false; readonly code: string }
> {
  const given = all.filter(({ statement }) => statement.act === "give");
  const messages = given.map(({ statement }) => encodeConsent(statement));
  const signatures = await signWithName(card, messages, ports);
  if (signatures.kind === "refused") return { ok: false, code: signatures.code };
  if (signatures.kind === "without") return { ok: true, all };
  const sealedOf = new Map(given.map((one, at) => [one, signatures.all[at]]));
  return {
    ok: true,
    all: all.map((one) => {
      const sealedSignature = sealedOf.get(one);
      return sealedSignature === undefined
        ? one
        : { ...one, signed: { ...one.signed, sealedSignature } };
    }),
  };
}

function flawOf(signed: SignedConsent, { rules, wall }: SigningPorts): string | undefined {
  const { anchors, crls, ocsp } = rules.trust();
  const now = wall();
  const verdict = verifyConsent(signed, {
    ...{ now, anchors, policies: rules.policies, check: rememberedCheck },
    revocation: { crls, ocsp, now, crlAgeMsMax: rules.crlAgeMsMax },
  });
  return verdict.ok ? undefined : verdict.code;
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
