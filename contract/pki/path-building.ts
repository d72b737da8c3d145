import type { Certificate } from "./certificate.ts";

/** A way from an anchor down to the target; `path` leaves the anchor out. */
export interface PossiblePath {
  readonly anchor: Certificate;
  readonly path: readonly Certificate[];
}

/** Bounds on the search, since the candidates come from whoever wants to be let in. */
const pathLimits = { lengthMax: 10, stepsMax: 500 } as const;

/**
 * Every way to chain `target` to an anchor, the likeliest first. Names only offer; the key
 * identifiers choose, because several generations of an authority share one name, and the
 * signatures, which the caller checks, decide.
 */
export function* possiblePaths(
  target: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[],
): Generator<PossiblePath, "complete" | "exhausted"> {
  let steps = 0;
  const pending: (readonly Certificate[])[] = [[target]];
  for (let path = pending.pop(); path; path = pending.pop()) {
    const [top] = path;
    steps += 1;
    if (!top || steps > pathLimits.stepsMax) return "exhausted";
    const seen = new Set(path.map((one) => one.fingerprint));
    for (const anchor of issuersAmong(anchors, top)) {
      // An anchor is where a path ends; shown as a certificate, it proves nothing about its holder.
      if (!seen.has(anchor.fingerprint)) yield { anchor, path };
    }
    if (path.length >= pathLimits.lengthMax) continue;
    const issuers = issuersAmong(candidates, top).filter((one) => !seen.has(one.fingerprint));
    // Pushed in reverse, so that the likeliest is popped first.
    for (const issuer of issuers.toReversed()) pending.push([issuer, ...path]);
  }
  return "complete";
}

function issuersAmong(
  certificates: readonly Certificate[],
  below: Certificate,
): readonly Certificate[] {
  const wanted = below.extensions.authorityKeyId?.keyId;
  const named = certificates.filter((one) => one.subject.key === below.issuer.key);
  if (wanted === undefined) return named;
  const has = (one: Certificate) => one.extensions.subjectKeyId;
  return [
    ...named.filter((one) => has(one) === wanted),
    ...named.filter((one) => has(one) === undefined),
  ];
}
