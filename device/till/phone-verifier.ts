import type { PolicyRequest } from "#firmware-config/policy-tier.ts";
import type { PhoneFinding } from "../policy/findings.ts";

/**
 * Where a verifier of phones' signatures plugs in. It asks somebody's phone to sign one payment and says
 * what came of it; undefined where none can be asked, and then the method is not available here.
 */
export interface PhoneVerifier {
  ask(
    request: PolicyRequest & { readonly reference: string },
    signal: AbortSignal,
  ): Promise<PhoneFinding | undefined>;
}

/** No phone can be asked on this box. */
export const noPhone: PhoneVerifier = { ask: async () => undefined };
