import type { CardRules } from "#contract/card-signature.ts";
import type { WallMs } from "#contract/ids.ts";
import { rememberingCheck } from "#contract/pki/remembering-check.ts";
import { signatureCheck } from "#contract/pki/signature.ts";
import type { Trust } from "#runtime/trust-folder.ts";

/** Anchors, lists and rules that a card is held to. */
export type CardTerms = CardRules;

const rememberedChecks = 5_000;

/** What cards are held to at a moment, by the trust as it lies on disk then. */
export function cardTermsFrom(
  rules: { readonly policies: readonly string[]; readonly crlAgeMsMax: number },
  trust: () => Trust,
): (now: WallMs) => CardTerms {
  const check = rememberingCheck(signatureCheck(), rememberedChecks);
  return (now) => {
    const { anchors, crls, ocsp } = trust();
    const revocation = { crls, ocsp, now, crlAgeMsMax: rules.crlAgeMsMax };
    return { anchors, policies: rules.policies, check, revocation };
  };
}
