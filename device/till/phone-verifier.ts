import type { Opening } from "#contract/evidence-commitment.ts";
import { commitmentOf, openingOf } from "#contract/evidence-commitment.ts";
import type { PersonId } from "#contract/ids.ts";
import { encodePhone, type PhoneSignature } from "#contract/phone-evidence.ts";
import type { PolicyRequest } from "#firmware-config/policy-tier.ts";
import type { PhoneFinding } from "../policy/findings.ts";

/** What somebody's phone answered. */
export type PhoneAnswer =
  | { readonly kind: "proved"; readonly person: PersonId; readonly signed: PhoneSignature }
  | Exclude<PhoneFinding, { readonly kind: "proved" }>;

/**
 * Where a verifier of phones' signatures plugs in. It asks somebody's phone to sign one payment and says
 * what came of it; undefined where none can be asked, and then the method is not available here.
 */
export interface PhoneVerifier {
  ask(
    request: PolicyRequest & { readonly reference: string },
    signal: AbortSignal,
  ): Promise<PhoneAnswer | undefined>;
}

/** No phone can be asked on this box. */
export const noPhone: PhoneVerifier = { ask: async () => undefined };

/** What a phone answered as a decision is made from it: an event commits to what was signed, and has it not. */
export function findingIn(answer: PhoneAnswer, salt: Uint8Array): PhoneFinding {
  if (answer.kind !== "proved") return answer;
  const { kind, person, signed } = answer;
  const opening: Opening = openingOf(encodePhone(signed), salt);
  const { scheme } = signed;
  const evidence = { kind: "phone", scheme, commitment: commitmentOf(opening) } as const;
  return { kind, person, proof: { evidence, opening } };
}

/** What an event says of a phone that a decision rests on, and what goes beside it. */
export function phoneShown(
  factors: readonly string[],
  phone: PhoneFinding | undefined,
): readonly Extract<PhoneFinding, { readonly kind: "proved" }>["proof"][] {
  return factors.includes("phone") && phone?.kind === "proved" ? [phone.proof] : [];
}
