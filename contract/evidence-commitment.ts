import { digestOf } from "./digest.ts";
import { type ErrorCode, TeburaError } from "./errors.ts";
import type { EventBody } from "./events.ts";
import type { Digest } from "./ids.ts";

/** What a commitment was made over. It travels and is kept beside its event, never in it. */
export interface Opening {
  /** Sixteen random bytes in base64url, fresh for each: nobody can try evidence against a commitment. */
  readonly salt: string;
  /** The exact bytes of the evidence, in base64url. */
  readonly bytes: string;
}

const label = "tebura-evidence-v1\0";
const saltBytes = 16;

/** An opening of these bytes under a salt of sixteen random bytes. */
export function openingOf(bytes: Uint8Array, salt: Uint8Array): Opening {
  if (salt.length !== saltBytes) throw new TeburaError("UNREACHABLE", "a salt has sixteen bytes");
  return { salt: base64url(salt), bytes: base64url(bytes) };
}

/**
 * SHA-256 over a label that ends in a zero byte, the salt's sixteen bytes, and the evidence. The parts before
 * the evidence have a fixed length, so no two different openings are made over the same bytes.
 */
export function commitmentOf({ salt, bytes }: Opening): Digest {
  return digestOf(label, Buffer.from(salt, "base64url"), Buffer.from(bytes, "base64url"));
}

/** The commitments that an event was signed over, in the order in which their openings come beside it. */
export function commitmentsIn(body: EventBody): readonly Digest[] {
  if (body.type !== "decision.made") return [];
  return body.evidence.flatMap((one) => ("commitment" in one ? [one.commitment] : []));
}

/** Why these are not the openings of an event's commitments, each of its own; undefined where they are. */
export function flawOfOpenings(
  body: EventBody,
  openings: readonly Opening[],
): ErrorCode | undefined {
  const commitments = commitmentsIn(body);
  if (openings.length < commitments.length) return "EVENT_EVIDENCE_MISSING";
  if (openings.length > commitments.length) return "EVENT_EVIDENCE_SUPERFLUOUS";
  const isEach = openings.every((opening, i) => commitmentOf(opening) === commitments[i]);
  return isEach ? undefined : "EVENT_EVIDENCE_MISMATCH";
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
