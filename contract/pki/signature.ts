import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { readPublicKey } from "./certificate.ts";
import { DerReader, readDer, tags } from "./der.ts";
import { readInteger } from "./der-values.ts";
import type { AlgorithmIdentifier } from "./extension-values.ts";
import { oid, signatureSchemes } from "./oids.ts";

/** Which signatures count. What is not listed is refused; SHA-1 and MD5 with RSA cannot be listed. */
export interface AlgorithmPolicy {
  readonly rsaBitsMin: number;
  readonly rsaBitsMax: number;
  /** Names as node:crypto knows them. */
  readonly curves: readonly string[];
  /** DSA, with SHA-1 too, for the test suites that still use it. Never on where a door depends on it. */
  readonly dsa: boolean;
}

export const algorithmPolicy: AlgorithmPolicy = Object.freeze({
  rsaBitsMin: 2_048,
  rsaBitsMax: 8_192, // A larger key costs more to verify than any real one is worth.
  curves: ["prime256v1", "secp384r1", "secp521r1"],
  dsa: false,
});

export type SignatureVerdict =
  | "valid"
  | "SIGNATURE_INVALID"
  | "SIGNATURE_ALGORITHM_REFUSED"
  | "KEY_REFUSED";

/** One signature to be checked: who is said to have signed what. */
export interface SignatureInput {
  readonly algorithm: Pick<AlgorithmIdentifier, "oid" | "parameters">;
  /** SubjectPublicKeyInfo of the signer. */
  readonly spki: Uint8Array;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** How a path checks its signatures: `signatureCheck` here, or one that remembers. */
export type SignatureCheck = (input: SignatureInput) => SignatureVerdict;

/** A check under an algorithm policy. */
export function signatureCheck(allowed: AlgorithmPolicy = algorithmPolicy): SignatureCheck {
  return (input) => verifySignature(input, allowed);
}

/** Verifies one signature: RSA PKCS#1 v1.5 (RFC 8017) or ECDSA with a strict DER value (RFC 3279). */
export function verifySignature(
  input: SignatureInput,
  allowed: AlgorithmPolicy = algorithmPolicy,
): SignatureVerdict {
  const scheme = Object.hasOwn(signatureSchemes, input.algorithm.oid)
    ? signatureSchemes[input.algorithm.oid as keyof typeof signatureSchemes]
    : undefined;
  if (!scheme || (scheme.key === "dsa" && !allowed.dsa)) return "SIGNATURE_ALGORITHM_REFUSED";
  if (!parametersFit(scheme.key, input.algorithm.parameters)) return "SIGNATURE_ALGORITHM_REFUSED";
  const key = keyOf(input.spki);
  if (!key || key.asymmetricKeyType !== scheme.key || !keyAllowed(key, allowed)) {
    return "KEY_REFUSED";
  }
  if (scheme.key !== "rsa" && !isStrictPair(input.signature)) return "SIGNATURE_INVALID";
  try {
    const held = verify(scheme.hash, input.data, { key, dsaEncoding: "der" }, input.signature);
    return held ? "valid" : "SIGNATURE_INVALID";
  } catch {
    return "SIGNATURE_INVALID"; // OpenSSL throws for some values that cannot be a signature.
  }
}

/** RFC 4055 section 5: NULL or absent with RSA. RFC 5758: absent with ECDSA and DSA. */
function parametersFit(key: "rsa" | "ec" | "dsa", parameters: Uint8Array | undefined): boolean {
  if (parameters === undefined) return true;
  return key === "rsa" && isNull(parameters);
}

function keyAllowed(key: KeyObject, allowed: AlgorithmPolicy): boolean {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa": {
      const bits = details.modulusLength ?? 0;
      const exponent = details.publicExponent ?? 0n;
      return (
        bits >= allowed.rsaBitsMin &&
        bits <= allowed.rsaBitsMax &&
        exponent >= 3n &&
        exponent % 2n === 1n
      );
    }
    case "ec":
      return allowed.curves.includes(details.namedCurve ?? "");
    case "dsa":
      return allowed.dsa;
    default:
      return false;
  }
}

const keys = new WeakMap<Uint8Array, KeyObject>();

/** The key behind these bytes, made once for each array: parsing costs more than verifying. */
function keyOf(spki: Uint8Array): KeyObject | undefined {
  const known = keys.get(spki);
  if (known) return known;
  try {
    const key = importKey(spki);
    if (key) keys.set(spki, key);
    return key;
  } catch {
    return undefined;
  }
}

/** OpenSSL takes 100 µs to find out what kind of key it has before it; RSA told as such takes 3. */
function importKey(spki: Uint8Array): KeyObject | undefined {
  const { algorithm, bits } = readPublicKey(readDer(spki, "a public key"));
  if (algorithm.oid !== oid.rsaEncryption) {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  }
  if (!isNull(algorithm.parameters) || !isStrictPair(bits)) return undefined;
  return createPublicKey({ key: Buffer.from(bits), format: "der", type: "pkcs1" });
}

function isNull(parameters: Uint8Array | undefined): boolean {
  return parameters?.length === 2 && parameters[0] === tags.null;
}

/**
 * SEQUENCE of two positive integers and nothing else, each minimal: an ECDSA signature (RFC 3279
 * section 2.2.3), and an RSA public key (RFC 8017 appendix A.1.1).
 */
function isStrictPair(bytes: Uint8Array): boolean {
  try {
    const sequence = readDer(bytes, "two integers");
    if (sequence.tag !== tags.sequence) return false;
    const reader = new DerReader(sequence.contents, "two integers");
    const both = [reader.take(tags.integer), reader.take(tags.integer)];
    reader.end();
    return both.every((value) => {
      const hex = readInteger(value);
      return hex !== "00" && Number.parseInt(hex.slice(0, 2), 16) < 0x80;
    });
  } catch {
    return false;
  }
}
