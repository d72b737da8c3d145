import { createHash } from "node:crypto";
import type { SignatureCheck, SignatureInput, SignatureVerdict } from "./signature.ts";

/**
 * A check that remembers verdicts. A signature over the same bytes by the same key holds for ever, so
 * this needs no time and no invalidation: what is cached is arithmetic, never trust. Holds `entriesMax`
 * verdicts and forgets the one that was not asked for the longest.
 */
export function rememberingCheck(check: SignatureCheck, entriesMax: number): SignatureCheck {
  const verdicts = new Map<string, SignatureVerdict>();
  return (input) => {
    const key = keyOf(input);
    const known = verdicts.get(key);
    const verdict = known ?? check(input);
    // Set again, so that the map's order is the order of use.
    verdicts.delete(key);
    verdicts.set(key, verdict);
    const [oldest] = verdicts.keys();
    if (verdicts.size > entriesMax && oldest !== undefined) verdicts.delete(oldest);
    return verdict;
  };
}

/** Digests of the parts and not the parts in a row: lengths could be shifted between those. */
function keyOf({ algorithm, spki, data, signature }: SignatureInput): string {
  const parts = [algorithm.parameters ?? new Uint8Array(), spki, data, signature];
  return [algorithm.oid, ...parts.map(digestOnce)].join(" ");
}

const digests = new WeakMap<Uint8Array, string>();

/** A CRL is long and is asked about again and again as the same array. */
function digestOnce(bytes: Uint8Array): string {
  const known = digests.get(bytes);
  if (known) return known;
  const digest = createHash("sha256").update(bytes).digest("base64");
  digests.set(bytes, digest);
  return digest;
}
