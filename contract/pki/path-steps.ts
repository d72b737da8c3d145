import type { WallMs } from "../ids.ts";
import type { Certificate, PublicKey } from "./certificate.ts";
import { keyUsage } from "./certificate.ts";
import type { PathCode } from "./codes.ts";
import { encodeDer, tags } from "./der.ts";
import { checkNames, everyName, type NameSpace, narrowed } from "./name-constraints.ts";
import type { Name } from "./names.ts";
import { oid } from "./oids.ts";
import { PolicyGraph, userPolicies } from "./policy-graph.ts";
import type { SignatureCheck } from "./signature.ts";

/** The policy inputs of RFC 5280 section 6.1.1 (c) to (g). */
export interface PolicyInputs {
  /** OIDs of which one must hold along the whole path; undefined stands for any. */
  readonly acceptable?: readonly string[];
  readonly requireExplicit?: boolean;
  readonly inhibitMapping?: boolean;
  readonly inhibitAny?: boolean;
}

export interface StepInputs {
  readonly at: WallMs;
  readonly check: SignatureCheck;
  readonly policies: PolicyInputs;
}

export type StepsVerdict =
  | {
      readonly ok: true;
      readonly policies: ReadonlySet<string>;
      /** The path again, each key with the parameters that it inherited. */
      readonly path: readonly Certificate[];
    }
  | { readonly ok: false; readonly code: PathCode; readonly where: number };

/** The state variables of RFC 5280 section 6.1.2, under its own names where it has one. */
interface PathState {
  readonly graph: PolicyGraph;
  names: NameSpace;
  explicitPolicy: number;
  inhibitAnyPolicy: number;
  policyMapping: number;
  maxPathLength: number;
  workingKey: PublicKey;
  workingIssuer: Name;
}

/**
 * RFC 5280 section 6.1 without revocation: `path` runs from the certificate that the anchor issued
 * to the target. `where` counts from 0 in `path`.
 */
export function runPathSteps(
  anchor: Certificate,
  path: readonly Certificate[],
  inputs: StepInputs,
): StepsVerdict {
  const state = initialState(anchor, path.length, inputs.policies);
  const proven: Certificate[] = [];
  for (const [where, certificate] of path.entries()) {
    const last = where === path.length - 1;
    const code =
      checkBasics(state, certificate, last, inputs) ??
      (last ? wrapUp(state, certificate) : prepareNext(state, certificate));
    if (code) return { ok: false, code, where };
    proven.push(last ? certificate : withKey(certificate, state.workingKey));
  }
  const acceptable = inputs.policies.acceptable && new Set(inputs.policies.acceptable);
  const policies = userPolicies(state.graph.authorityPolicies(), acceptable);
  if (state.explicitPolicy > 0 || policies.size > 0) return { ok: true, policies, path: proven };
  return { ok: false, code: "POLICY_REFUSED", where: path.length - 1 };
}

/** Section 6.1.2. */
function initialState(anchor: Certificate, length: number, policies: PolicyInputs): PathState {
  return {
    graph: new PolicyGraph(),
    // An anchor given as a certificate may bind what lies below it (RFC 5937).
    names: narrowed(everyName, anchor.extensions.nameConstraints),
    explicitPolicy: policies.requireExplicit ? 0 : length + 1,
    inhibitAnyPolicy: policies.inhibitAny ? 0 : length + 1,
    policyMapping: policies.inhibitMapping ? 0 : length + 1,
    maxPathLength: Math.min(length, anchor.extensions.basicConstraints?.pathLength ?? length),
    workingKey: anchor.publicKey,
    workingIssuer: anchor.subject,
  };
}

/** Section 6.1.3, (a) without revocation, to (f). */
function checkBasics(
  state: PathState,
  certificate: Certificate,
  last: boolean,
  inputs: StepInputs,
): PathCode | undefined {
  const signed = inputs.check({
    algorithm: certificate.signatureAlgorithm,
    spki: state.workingKey.spki,
    data: certificate.tbs,
    signature: certificate.signature,
  });
  if (signed !== "valid") return signed;
  if (inputs.at < certificate.notBefore) return "CERTIFICATE_NOT_YET_VALID";
  if (inputs.at > certificate.notAfter) return "CERTIFICATE_EXPIRED";
  if (certificate.issuer.key !== state.workingIssuer.key) return "NAME_CHAINING_BROKEN";
  if (!certificate.selfIssued || last) {
    const names = checkNames(state.names, certificate);
    if (names !== "allowed") return names;
  }
  const anyPolicyCounts = state.inhibitAnyPolicy > 0 || (!last && certificate.selfIssued);
  state.graph.addCertificate(certificate.extensions.policies, anyPolicyCounts);
  if (state.explicitPolicy === 0 && state.graph.empty) return "POLICY_REFUSED";
  return undefined;
}

/** Section 6.1.4, for every certificate but the last. */
function prepareNext(state: PathState, certificate: Certificate): PathCode | undefined {
  const { extensions } = certificate;
  const mappings = extensions.policyMappings;
  if (mappings.some((one) => one.issuer === oid.anyPolicy || one.subject === oid.anyPolicy)) {
    return "POLICY_MAPPING_INVALID"; // (a)
  }
  if (mappings.length > 0) state.graph.applyMappings(mappings, state.policyMapping > 0); // (b)
  state.workingIssuer = certificate.subject; // (c)
  state.workingKey = inheritParameters(certificate.publicKey, state.workingKey); // (d) to (f)
  state.names = narrowed(state.names, extensions.nameConstraints); // (g)
  if (!certificate.selfIssued) {
    state.explicitPolicy = Math.max(0, state.explicitPolicy - 1); // (h)
    state.policyMapping = Math.max(0, state.policyMapping - 1);
    state.inhibitAnyPolicy = Math.max(0, state.inhibitAnyPolicy - 1);
  }
  const { requireExplicit, inhibitMapping } = extensions.policyConstraints ?? {};
  state.explicitPolicy = Math.min(state.explicitPolicy, requireExplicit ?? state.explicitPolicy); // (i)
  state.policyMapping = Math.min(state.policyMapping, inhibitMapping ?? state.policyMapping);
  state.inhibitAnyPolicy = Math.min(
    state.inhibitAnyPolicy,
    extensions.inhibitAnyPolicy ?? state.inhibitAnyPolicy, // (j)
  );
  if (!extensions.basicConstraints?.ca) return "NOT_A_CA"; // (k)
  if (!certificate.selfIssued) {
    if (state.maxPathLength === 0) return "PATH_TOO_LONG"; // (l)
    state.maxPathLength -= 1;
  }
  const pathLength = extensions.basicConstraints.pathLength ?? state.maxPathLength;
  state.maxPathLength = Math.min(state.maxPathLength, pathLength); // (m)
  const usage = extensions.keyUsage;
  if (usage && !usage.has(keyUsage.keyCertSign)) return "KEY_USAGE_REFUSED"; // (n)
  return extensions.unknownCritical.length > 0 ? "EXTENSION_UNKNOWN" : undefined; // (o)
}

/** Section 6.1.5 (a), (b) and (f); (g) follows in the caller. */
function wrapUp(state: PathState, certificate: Certificate): PathCode | undefined {
  state.explicitPolicy = Math.max(0, state.explicitPolicy - 1);
  if (certificate.extensions.policyConstraints?.requireExplicit === 0) state.explicitPolicy = 0;
  return certificate.extensions.unknownCritical.length > 0 ? "EXTENSION_UNKNOWN" : undefined;
}

function withKey(certificate: Certificate, publicKey: PublicKey): Certificate {
  return publicKey === certificate.publicKey ? certificate : { ...certificate, publicKey };
}

/** A key of the same algorithm without parameters takes those of its issuer: DSA only, in practice. */
function inheritParameters(key: PublicKey, issuer: PublicKey): PublicKey {
  const { algorithm } = key;
  const missing = algorithm.parameters === undefined || isNull(algorithm.parameters);
  if (algorithm.oid !== oid.dsa || issuer.algorithm.oid !== oid.dsa || !missing) return key;
  const bitString = encodeDer(tags.bitString, Buffer.of(0), key.bits);
  const spki = encodeDer(tags.sequence, issuer.algorithm.der, bitString);
  return { algorithm: issuer.algorithm, spki, bits: key.bits };
}

function isNull(parameters: Uint8Array): boolean {
  return parameters.length === 2 && parameters[0] === tags.null;
}
