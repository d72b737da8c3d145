import type { WallMs } from "#contract/ids.ts";
import { type Certificate, parseCertificate } from "#contract/pki/certificate.ts";
import { rememberingCheck } from "#contract/pki/remembering-check.ts";
import { signatureCheck } from "#contract/pki/signature.ts";
import { validatePath } from "#contract/pki/validate-path.ts";
import { type CardIdentity, cardIdentity } from "#contract/step-up.ts";
import type { Trust } from "#runtime/trust-folder.ts";

/** What a card must be to count on this box. */
export interface CardTrust {
  /** Object identifiers of policies; a card's certificate must carry one of them. */
  readonly policies: readonly string[];
  readonly crlAgeMsMax: number;
  trust(): Trust;
}

export type CardExamination =
  | { readonly ok: true; readonly certificate: Certificate; readonly card: CardIdentity }
  | { readonly ok: false; readonly code: string };

/** Few cards return within minutes; the lists' signatures are what is asked for again. */
export const rememberedCheck = rememberingCheck(signatureCheck(), 2_000);

/** Looks at a card's certificate before anybody is asked for a PIN: a dead card needs none. */
export function examineCard(der: Uint8Array, rules: CardTrust, at: WallMs): CardExamination {
  let target: Certificate;
  try {
    target = parseCertificate(der);
  } catch {
    return { ok: false, code: "DER_MALFORMED" };
  }
  const { anchors, crls, ocsp } = rules.trust();
  const path = validatePath({
    target,
    candidates: [],
    anchors,
    at,
    policies: { acceptable: rules.policies, requireExplicit: true },
    usages: ["digitalSignature"],
    revocation: { crls, ocsp, now: at, crlAgeMsMax: rules.crlAgeMsMax },
    check: rememberedCheck,
  });
  if (!path.ok) return { ok: false, code: path.code };
  return {
    ok: true,
    certificate: target,
    card: cardIdentity(target, path.path.at(-2) ?? path.anchor),
  };
}
