import { sealConsentSignature, verifyConsentSignature } from "#contract/consent-signature.ts";
import { errorCodeOf } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import type { SigningCard } from "../card/card.ts";
import { type CardTrust, examineCard, rememberedCheck } from "../step-up/examine-card.ts";
import { type StepUpPorts, untilRight } from "../step-up/perform.ts";

/** How a deployment goes about the key whose certificate names its owner. */
export interface NamedSigning {
  readonly rule: "offered" | "required" | "never";
  /** What a signing certificate is held to. */
  readonly rules: CardTrust;
  /** The gateway's public key, to which such a signature is sealed; undefined while it was never heard. */
  gatewayKey(): Uint8Array | undefined;
}

export type NamedSignatures =
  /** One for each message, sealed to the gateway. */
  | { readonly kind: "sealed"; readonly all: readonly string[] }
  | { readonly kind: "without" }
  | { readonly kind: "refused"; readonly code: string };

/**
 * Signs what a card has signed already with its signing key as well, where it has one and its owner gives
 * the password. Each signature is verified here as the gateway will, and leaves this function sealed to the
 * gateway alone. Without one it depends on the rule whether there is a consent. Throws what the card throws.
 */
export async function signWithName(
  card: SigningCard,
  messages: readonly Uint8Array[],
  {
    named,
    askPin,
    wall,
  }: Pick<StepUpPorts, "askPin"> & { readonly named: NamedSigning; wall(): WallMs },
): Promise<NamedSignatures> {
  const { rule, rules, gatewayKey } = named;
  if (rule === "never" || messages.length === 0) return { kind: "without" };
  const isOffered = rule === "offered";
  const refused = (code: string): NamedSignatures =>
    isOffered ? { kind: "without" } : { kind: "refused", code };
  const key = gatewayKey();
  const triesLeft = await card.signatureTriesLeft();
  if (!key || triesLeft === undefined) return refused("CONSENT_SIGNATURE_NEEDED");
  if (triesLeft === 0) return refused("CARD_PIN_BLOCKED");
  const isOpen = await untilRight(askPin, {
    asked: { secret: "password", mayGoWithout: isOffered },
    triesLeft: async () => (await card.signatureTriesLeft()) ?? 0,
    verify: (password, options) => card.verifySignaturePassword(password, options),
  }).catch((error) => {
    if (errorCodeOf(error) === "CARD_PIN_BLOCKED") return "CARD_PIN_BLOCKED" as const;
    throw error;
  });
  if (isOpen !== true) return refused(isOpen || "CONSENT_SIGNATURE_NEEDED");
  const der = await card.readSignatureCertificate();
  const now = wall();
  // It ends with every move and marriage, which is nobody's fault: the other key has signed.
  const examined = examineCard(der, rules, now);
  if (!examined.ok) return refused(examined.code);
  const { anchors, crls, ocsp } = rules.trust();
  const revocation = { crls, ocsp, now, crlAgeMsMax: rules.crlAgeMsMax };
  const certificate = Buffer.from(der).toString("base64url");
  const all: string[] = [];
  for (const message of messages) {
    const signature = Buffer.from(await card.signForSignature(message)).toString("base64url");
    const one = { algorithm: card.algorithm, signature, certificate };
    const verdict = verifyConsentSignature(one, message, {
      ...{ at: now, anchors, policies: rules.policies, revocation, check: rememberedCheck },
    });
    if (!verdict.ok) return refused(verdict.code);
    all.push(await sealConsentSignature(one, message, key));
  }
  return { kind: "sealed", all };
}
