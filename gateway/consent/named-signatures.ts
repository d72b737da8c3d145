import type { CardIdentity } from "#contract/card-signature.ts";
import type { ConsentStatement, SignedConsent } from "#contract/consent.ts";
import { openConsentSignature, verifyConsentSignature } from "#contract/consent-signature.ts";
import type { EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import type { CardRegistry } from "../step-up/card-registry.ts";
import type { CardTerms } from "./card-terms.ts";

/** Which of a card's keys signed a consent. */
export type SigningKey = NonNullable<Extract<EventBody, { type: "consent.given" }>["key"]>;

export interface NamedSignaturePorts {
  /** Opens what boxes sealed to this gateway. */
  readonly secret: Uint8Array;
  /** Whether a consent without such a signature is none. */
  readonly isRequired: boolean;
  readonly cards: Pick<CardRegistry, "maySignWith" | "keepSigning">;
  /** What a signing certificate is held to at this moment. */
  terms(now: WallMs): CardTerms;
}

export type NamedVerdict =
  | { readonly ok: true; readonly key: SigningKey; readonly certificate?: CardIdentity }
  | { readonly ok: false; readonly code: string };

/**
 * Judges the signature that names its owner, where a consent brings one: over the same bytes, by a signing
 * certificate that counts, which never came with somebody else's card. What is in the certificate is looked
 * at here and goes no further; a number of it is kept, and the whole stays sealed with the statement.
 */
export class NamedSignatures {
  readonly #ports: NamedSignaturePorts;

  constructor(ports: NamedSignaturePorts) {
    this.#ports = ports;
  }

  async judge(
    signed: SignedConsent,
    { act, at }: Pick<ConsentStatement, "act" | "at">,
    { card, now }: { readonly card: CardIdentity; readonly now: WallMs },
  ): Promise<NamedVerdict> {
    const { secret, isRequired, cards, terms } = this.#ports;
    const { sealedSignature } = signed;
    if (sealedSignature === undefined) {
      const isMissing = isRequired && act === "give";
      return isMissing ? refused("CONSENT_SIGNATURE_NEEDED") : { ok: true, key: "authentication" };
    }
    const bytes = Buffer.from(signed.statement, "base64url");
    const signature = await openConsentSignature(sealedSignature, bytes, secret);
    if (!signature) return refused("CONSENT_SIGNATURE_UNREADABLE");
    const verdict = verifyConsentSignature(signature, bytes, { ...terms(now), at });
    if (!verdict.ok) return refused(verdict.code);
    const { certificate } = verdict;
    if (!cards.maySignWith(certificate, card)) return refused("CONSENT_SIGNATURE_OTHER_CARD");
    return { ok: true, key: "signature", certificate };
  }

  /** Keeps with which card a certificate came, once the consent is on record. */
  keep(verdict: Extract<NamedVerdict, { ok: true }>, card: CardIdentity): void {
    if (verdict.certificate) this.#ports.cards.keepSigning(verdict.certificate, card);
  }
}

const refused = (code: string): NamedVerdict => ({ ok: false, code });
