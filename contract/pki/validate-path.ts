import type { WallMs } from "../ids.ts";
import { type Certificate, type KeyUsage, keyUsage } from "./certificate.ts";
import type { PathCode } from "./codes.ts";
import type { Crl } from "./crl.ts";
import type { CrlShelf } from "./crl-shelf.ts";
import { crlStatus } from "./crl-status.ts";
import type { OcspResponse } from "./ocsp.ts";
import { ocspStatus } from "./ocsp-status.ts";
import { oid } from "./oids.ts";
import { type PossiblePath, possiblePaths } from "./path-building.ts";
import { type PolicyInputs, runPathSteps } from "./path-steps.ts";
import { combined, type RevocationSource, type RevocationStatus } from "./revocation.ts";
import { type SignatureCheck, signatureCheck } from "./signature.ts";

/** Revocation data at hand, and how fresh it must be. */
export interface RevocationInputs {
  readonly crls: readonly Crl[] | CrlShelf;
  readonly ocsp: readonly OcspResponse[];
  /**
   * When the data must be fresh; the path's own `at` by default. Whoever judges an event later gives
   * the time of judging, or data that was published since would count as not yet valid.
   */
  readonly now?: WallMs;
  /** At most this old, whatever the data promises itself; unbounded by default for CRLs. */
  readonly crlAgeMsMax?: number;
  /** A day by default, since a response without a next update promises nothing. */
  readonly ocspAgeMsMax?: number;
  /** The nonce of our own OCSP request. */
  readonly nonce?: Uint8Array;
}

const ocspAgeMsMaxDefault = 24 * 60 * 60 * 1_000;

export interface PathInputs {
  readonly target: Certificate;
  /** Certificates that may lie between; in any order, and none of them believed. */
  readonly candidates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** The moment for which validity is asked. */
  readonly at: WallMs;
  readonly policies?: PolicyInputs;
  /** Usages that the target must state. */
  readonly usages?: readonly KeyUsage[];
  /** A purpose that the target must not exclude. */
  readonly purpose?: string;
  /** The default algorithm policy, checked anew each time, where left out. */
  readonly check?: SignatureCheck;
  /** "unchecked" only where somebody else asks; a door must never. */
  readonly revocation: RevocationInputs | "unchecked";
}

export type PathVerdict =
  | {
      readonly ok: true;
      readonly anchor: Certificate;
      /** From the certificate below the anchor down to the target. */
      readonly path: readonly Certificate[];
      readonly policies: ReadonlySet<string>;
      /** What the status of each certificate rests on. */
      readonly revocation: readonly RevocationSource[];
    }
  | {
      readonly ok: false;
      readonly code: PathCode;
      /** Steps below the anchor, from 0; -1 the anchor itself; undefined when no path was found. */
      readonly where: number | undefined;
      /** With REVOKED: since when, for whoever must judge an event of before. */
      readonly revokedAt?: WallMs;
    };

type Refusal = Extract<PathVerdict, { ok: false }>;

/**
 * Finds and validates a path from one of `anchors` to `target`: RFC 5280 section 6 with RFC 9618.
 * Never throws for what the certificates say. Of several failures, the one of the path whose
 * signatures hold is told.
 */
export function validatePath(inputs: PathInputs): PathVerdict {
  return searchPath(inputs, new Set());
}

/** `asking` holds the CRL signers whose own paths are being validated: they cannot vouch in a circle. */
function searchPath(inputs: PathInputs, asking: ReadonlySet<string>): PathVerdict {
  const paths = possiblePaths(inputs.target, inputs.candidates, inputs.anchors);
  let refusal: Refusal | undefined;
  for (let next = paths.next(); ; next = paths.next()) {
    if (next.done) {
      if (refusal) return refusal;
      if (next.value === "exhausted") return refused("PATH_SEARCH_EXHAUSTED");
      return refused(inputs.target.selfIssued ? "PATH_SELF_SIGNED" : "PATH_NOT_FOUND");
    }
    const verdict = validateOne(next.value, inputs, asking);
    if (verdict.ok) return verdict;
    if (!refusal || refusal.code === "SIGNATURE_INVALID") refusal = verdict;
  }
}

function refused(code: PathCode, where?: number): Refusal {
  return { ok: false, code, where };
}

function validateOne(
  possible: PossiblePath,
  inputs: PathInputs,
  asking: ReadonlySet<string>,
): PathVerdict {
  const { anchor } = possible;
  const unfit = whyUnfit(anchor, inputs.at);
  if (unfit) return refused(unfit, -1);
  const check = inputs.check ?? signatureCheck();
  const policies = inputs.policies ?? {};
  const steps = runPathSteps(anchor, possible.path, { at: inputs.at, check, policies });
  if (!steps.ok) return steps;
  const { path } = steps;
  const usage = checkUsage(inputs);
  if (usage) return refused(usage, path.length - 1);
  const sources: RevocationSource[] = [];
  if (inputs.revocation !== "unchecked") {
    for (const [where, certificate] of path.entries()) {
      const above = { anchor, path: path.slice(0, where) };
      const status = statusOf(certificate, above, inputs, asking);
      if (status.status === "revoked") {
        return { ...refused("REVOKED", where), revokedAt: status.revokedAt };
      }
      if (status.status === "unknown") return refused(status.code, where);
      sources.push(...status.sources);
    }
  }
  return { ok: true, anchor, path, policies: steps.policies, revocation: sources };
}

/**
 * RFC 5280 takes an anchor for granted, as a name and a key. Ours are certificates that somebody
 * configured, and one that has ended or was never an authority is a mistake to be told of.
 */
function whyUnfit(anchor: Certificate, at: WallMs): PathCode | undefined {
  const { basicConstraints, keyUsage: usage, unknownCritical } = anchor.extensions;
  if (at < anchor.notBefore) return "CERTIFICATE_NOT_YET_VALID";
  if (at > anchor.notAfter) return "CERTIFICATE_EXPIRED";
  if (!basicConstraints?.ca) return "NOT_A_CA";
  if (usage && !usage.has(keyUsage.keyCertSign)) return "KEY_USAGE_REFUSED";
  return unknownCritical.length > 0 ? "EXTENSION_UNKNOWN" : undefined;
}

function checkUsage(inputs: PathInputs): PathCode | undefined {
  const { keyUsage: stated, extKeyUsage: purposes } = inputs.target.extensions;
  if (inputs.usages?.some((usage) => !stated?.has(keyUsage[usage]))) return "KEY_USAGE_REFUSED";
  if (inputs.purpose === undefined || !purposes) return undefined;
  const fits = purposes.has(inputs.purpose) || purposes.has(oid.anyExtendedKeyUsage);
  return fits ? undefined : "EXTENDED_KEY_USAGE_REFUSED";
}

/**
 * The revocation status of one certificate below a path that already holds. `above.path` runs from
 * below the anchor down to the certificate's own issuer, and is empty where that is the anchor.
 */
export function revocationStatus(
  certificate: Certificate,
  above: PossiblePath,
  inputs: PathInputs,
): RevocationStatus {
  return statusOf(certificate, above, inputs, new Set());
}

function statusOf(
  certificate: Certificate,
  above: PossiblePath,
  inputs: PathInputs,
  asking: ReadonlySet<string>,
): RevocationStatus {
  const { revocation } = inputs;
  if (revocation === "unchecked") return { status: "unknown", code: "REVOCATION_DATA_MISSING" };
  const check = inputs.check ?? signatureCheck();
  const now = revocation.now ?? inputs.at;
  // The path's own come last and win: their keys have the parameters that they inherited.
  const pool = [...inputs.candidates, inputs.target, ...above.path, above.anchor];
  const byCrl = (subject: Certificate) =>
    crlStatus(subject, {
      crls: "for" in revocation.crls ? revocation.crls.for(subject) : revocation.crls,
      now,
      crlAgeMsMax: revocation.crlAgeMsMax ?? Number.POSITIVE_INFINITY,
      check,
      signers: [...new Map(pool.map((one) => [one.fingerprint, one])).values()],
      trusts: (signer) => trustsSigner(signer, subject, above, inputs, asking),
    });
  const issuer = above.path.at(-1) ?? above.anchor;
  const ocsp = revocation.ocsp.map((response) =>
    ocspStatus(response, certificate, issuer, {
      now,
      ocspAgeMsMax: revocation.ocspAgeMsMax ?? ocspAgeMsMaxDefault,
      nonce: revocation.nonce,
      check,
      responderStatus: (responder) => byCrl(responder).status,
    }),
  );
  return combined([...ocsp, byCrl(certificate)]);
}

/** RFC 5280 section 6.3.3 (f): the CRL signer's own path, from the very same anchor. */
function trustsSigner(
  signer: Certificate,
  subject: Certificate,
  above: PossiblePath,
  inputs: PathInputs,
  asking: ReadonlySet<string>,
): boolean {
  const known = [above.anchor, ...above.path];
  if (known.some((one) => one.fingerprint === signer.fingerprint)) return true;
  const mayState = signer.extensions.keyUsage?.has(keyUsage.crlSign) ?? false;
  // A CRL may list its own signer, whose path is the very one that holds up to here.
  if (signer.fingerprint === subject.fingerprint) return mayState;
  if (!mayState || asking.has(signer.fingerprint)) return false;
  const { check, candidates, at, revocation } = inputs;
  const verdict = searchPath(
    {
      target: signer,
      candidates: [...candidates, ...above.path],
      anchors: [above.anchor],
      at,
      ...(check ? { check } : {}),
      revocation,
    },
    new Set([...asking, signer.fingerprint]),
  );
  return verdict.ok;
}
