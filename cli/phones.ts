import type { PhoneVerifier as PhoneAsker } from "#device/till/phone-verifier.ts";
import type { PhoneVerifier } from "#gateway/step-up/phone-judge.ts";

/**
 * What verifies phones' signatures in this program: a city that has such a verifier plugs it in here, and the
 * gateway, its tills and `policy explain` go by it. None ships.
 */
export const phones: {
  /** Asks for a signature, on a till. */
  readonly box?: PhoneAsker;
  /** Proves it, at the gateway. */
  readonly gateway?: PhoneVerifier;
} = {};
