import type { Event } from "#contract/events.ts";
import type { PhoneCode, PhoneEvidence, PhoneExpected } from "#contract/phone-evidence.ts";

/** Where what verifies phones' signatures plugs in at a gateway: the gateway believes no box's word for it. */
export interface PhoneVerifier {
  /** The flaw of a signature, or undefined where it holds for all that is expected of it. */
  flawOf(evidence: PhoneEvidence, expected: PhoneExpected): PhoneCode | undefined;
}

/** Until a verifier is plugged in, no phone has proved anything. */
export const noPhoneVerifier: PhoneVerifier = { flawOf: () => "PHONE_NOT_VERIFIABLE" };

const phoneReasons = new Set(["phone-proved", "face-and-phone-proved"]);

/**
 * Why what an event says of a phone does not hold; undefined where it says nothing of one, or it does. An
 * admission that names a phone brings its signature, and an authorisation that rests on a phone rests on
 * a decision of the same box whose signature is about this very payment.
 */
export function phoneFlaw(
  verifier: PhoneVerifier,
  event: Event,
  decided: (sequence: number) => Event | undefined,
): PhoneCode | undefined {
  const { body, device } = event;
  if (body.type === "payment.authorised" && body.used.includes("phone")) {
    const { decision, reference, amountYen } = body;
    const made = decision.device === device ? decided(decision.sequence) : undefined;
    return made ? decisionFlaw(verifier, made, { reference, amountYen }) : "PHONE_MISSING";
  }
  return decisionFlaw(verifier, event);
}

function decisionFlaw(
  verifier: PhoneVerifier,
  { body, device, at }: Event,
  payment?: PhoneExpected["payment"],
): PhoneCode | undefined {
  if (body.type !== "decision.made" || body.outcome !== "admit") {
    return payment && "PHONE_MISSING";
  }
  const evidence = body.evidence.find((one) => one.kind === "phone");
  const claims = phoneReasons.has(body.reason) || body.factors?.includes("phone");
  if (!evidence && !claims && !payment) return undefined;
  if (evidence?.kind !== "phone" || !body.person) return "PHONE_MISSING";
  const { person, service } = body;
  return verifier.flawOf(evidence, { device, service, person, at, ...(payment && { payment }) });
}
