import type { Event } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import {
  type PhoneCode,
  type PhoneExpected,
  type PhoneSignature,
  phoneIn,
} from "#contract/phone-evidence.ts";

/** Where what verifies phones' signatures plugs in at a gateway: the gateway believes no box's word for it. */
export interface PhoneVerifier {
  /** The flaw of a signature, or undefined where it holds for all that is expected of it. */
  flawOf(signed: PhoneSignature, expected: PhoneExpected): PhoneCode | undefined;
}

/** Until a verifier is plugged in, no phone has proved anything. */
export const noPhoneVerifier: PhoneVerifier = { flawOf: () => "PHONE_NOT_VERIFIABLE" };

const phoneReasons = new Set(["phone-proved", "face-and-phone-proved"]);

/** An event, and beside it what it commits to: held to its commitments before. */
export interface JudgedEvent {
  readonly event: Event;
  readonly openings: readonly Opening[];
}

/** Earlier events of the same box, by their sequence. */
export interface Earlier {
  event(sequence: number): Event | undefined;
  /** What that event commits to, as long as it is kept. */
  opening(sequence: number): Opening | undefined;
}

/**
 * Why what an event says of a phone does not hold; undefined where it says nothing of one, or it does. An
 * admission that names a phone brings its signature, and an authorisation that rests on a phone rests on
 * a decision of the same box whose signature is about this very payment.
 */
export function phoneFlaw(
  verifier: PhoneVerifier,
  { event, openings: [opening] }: JudgedEvent,
  earlier: Earlier,
): PhoneCode | undefined {
  const { body, device } = event;
  if (body.type !== "payment.authorised" || !body.used.includes("phone")) {
    return decisionFlaw(verifier, { event, opening });
  }
  const { decision, reference, amountYen } = body;
  const { sequence } = decision;
  const made = decision.device === device ? earlier.event(sequence) : undefined;
  if (!made) return "PHONE_MISSING";
  const decided = { event: made, opening: earlier.opening(sequence) };
  return decisionFlaw(verifier, decided, { reference, amountYen });
}

function decisionFlaw(
  verifier: PhoneVerifier,
  { event: { body, device, at }, opening }: { event: Event; opening: Opening | undefined },
  payment?: PhoneExpected["payment"],
): PhoneCode | undefined {
  if (body.type !== "decision.made") return payment && "PHONE_MISSING";
  const evidence = body.evidence.find((one) => one.kind === "phone");
  if (body.outcome !== "admit") return payment ? "PHONE_MISSING" : evidence && "PHONE_DIFFERS";
  const claims = phoneReasons.has(body.reason) || body.factors?.includes("phone");
  if (!evidence && !claims && !payment) return undefined;
  if (!evidence || !opening || !body.person) return "PHONE_MISSING";
  const signed = phoneIn(Buffer.from(opening.bytes, "base64url"));
  if (!signed) return "PHONE_MALFORMED";
  if (signed.scheme !== evidence.scheme) return "PHONE_DIFFERS";
  const { person, service } = body;
  return verifier.flawOf(signed, { device, service, person, at, ...(payment && { payment }) });
}
