import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import { readPublicKey } from "#contract/pki/certificate.ts";
import { readDer } from "#contract/pki/der.ts";
import { oid } from "#contract/pki/oids.ts";
import {
  bits,
  boolean,
  implicit,
  inside,
  integer,
  nothing,
  octets,
  oidOf,
  sequence,
  time,
} from "./der-writer.ts";

/** Makes test authorities and certificates on the fly, right ones and wrong ones. */
export type KeyKind = "rsa-2048" | "rsa-1024" | "p256" | "p384" | "secp256k1";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const made = new Map<string, KeyPair>();

/** One key for each kind and label in a process: making RSA keys is slow. */
export function keyPair(kind: KeyKind, label: string): KeyPair {
  const known = made.get(`${kind} ${label}`);
  if (known) return known;
  const fresh = freshKeyPair(kind);
  made.set(`${kind} ${label}`, fresh);
  return fresh;
}

export function freshKeyPair(kind: KeyKind): KeyPair {
  switch (kind) {
    case "rsa-2048":
      return generateKeyPairSync("rsa", { modulusLength: 2_048 });
    case "rsa-1024":
      return generateKeyPairSync("rsa", { modulusLength: 1_024 });
    case "p256":
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    case "p384":
      return generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    case "secp256k1":
      return generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    default:
      return kind satisfies never;
  }
}

function spkiOf(key: KeyPair): Uint8Array {
  return key.publicKey.export({ format: "der", type: "spki" });
}

/** SHA-1 of the key's bits: method 1 of RFC 5280 section 4.2.1.2. */
export function keyIdOf(key: KeyPair): Uint8Array {
  const { bits: keyBits } = readPublicKey(readDer(spkiOf(key), "a public key"));
  return createHash("sha1").update(keyBits).digest();
}

const schemes = {
  "rsa-sha256": { oid: "1.2.840.113549.1.1.11", hash: "sha256" },
  "rsa-sha1": { oid: "1.2.840.113549.1.1.5", hash: "sha1" },
  "rsa-md5": { oid: "1.2.840.113549.1.1.4", hash: "md5" },
  "ec-sha256": { oid: "1.2.840.10045.4.3.2", hash: "sha256" },
  "ec-sha384": { oid: "1.2.840.10045.4.3.3", hash: "sha384" },
} as const;
export type Scheme = keyof typeof schemes;

function usualScheme(key: KeyPair): Scheme {
  if (key.publicKey.asymmetricKeyType === "rsa") return "rsa-sha256";
  const curve = key.publicKey.asymmetricKeyDetails?.namedCurve;
  return curve === "secp384r1" ? "ec-sha384" : "ec-sha256";
}

export function algorithmOf(scheme: Scheme): Uint8Array {
  const id = oidOf(schemes[scheme].oid);
  return scheme.startsWith("rsa") ? sequence(id, nothing()) : sequence(id);
}

/** SEQUENCE of a body, its algorithm and its signature: certificates, CRLs and basic responses. */
export function signed(
  body: Uint8Array,
  key: KeyPair,
  scheme: Scheme = usualScheme(key),
  ...after: readonly Uint8Array[]
): Uint8Array {
  const signature = sign(schemes[scheme].hash, body, key.privateKey);
  return sequence(body, algorithmOf(scheme), bits(signature), ...after);
}

/** Who issues: a name and a key. */
export interface Issuer {
  readonly name: Uint8Array;
  readonly key: KeyPair;
}

export interface CertificateSpec {
  readonly issuer: Issuer;
  readonly name: Uint8Array;
  readonly key: KeyPair;
  readonly serial: number | bigint;
  readonly notBefore: WallMs;
  readonly notAfter: WallMs;
  readonly extensions: readonly Uint8Array[];
  readonly scheme?: Scheme;
}

export interface Issued extends Issuer {
  readonly der: Uint8Array;
  readonly serial: number | bigint;
}

/** Issues one certificate exactly as told. Key identifiers are added. */
export function issue(spec: CertificateSpec): Issued {
  const scheme = spec.scheme ?? usualScheme(spec.issuer.key);
  const body = sequence(
    inside(0, integer(2)),
    integer(spec.serial),
    algorithmOf(scheme),
    spec.issuer.name,
    sequence(time(spec.notBefore), time(spec.notAfter)),
    spec.name,
    spkiOf(spec.key),
    inside(
      3,
      sequence(
        extension(oid.subjectKeyIdentifier, false, octets(keyIdOf(spec.key))),
        extension(oid.authorityKeyIdentifier, false, authorityKeyId(spec.issuer.key)),
        ...spec.extensions,
      ),
    ),
  );
  const der = signed(body, spec.issuer.key, scheme);
  return { name: spec.name, key: spec.key, der, serial: spec.serial };
}

export function authorityKeyId(key: KeyPair): Uint8Array {
  return sequence(implicit(0, keyIdOf(key)));
}

export function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oidOf(id), ...(critical ? [boolean(true)] : []), octets(value));
}

export function basicConstraints(ca: boolean, pathLength?: number): Uint8Array {
  const parts = ca ? [boolean(true)] : [];
  if (pathLength !== undefined) parts.push(integer(pathLength));
  return extension(oid.basicConstraints, true, sequence(...parts));
}

/** `usages` are bit numbers: 0 digitalSignature, 1 nonRepudiation, 5 keyCertSign, 6 cRLSign. */
export function keyUsages(...usages: readonly number[]): Uint8Array {
  const byte = usages.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  const unused = 7 - Math.max(...usages);
  return extension(oid.keyUsage, true, bits(Buffer.of(byte), unused));
}

export function policies(...ids: readonly string[]): Uint8Array {
  const list = sequence(...ids.map((id) => sequence(oidOf(id))));
  return extension(oid.certificatePolicies, false, list);
}

export function purposes(...ids: readonly string[]): Uint8Array {
  return extension(oid.extKeyUsage, false, sequence(...ids.map(oidOf)));
}

/** One distribution point named by a directory name, as the partitions of a card's CRL are. */
export function distributionPoint(name: Uint8Array): Uint8Array {
  const point = sequence(inside(0, inside(0, inside(4, name))));
  return extension(oid.crlDistributionPoints, false, sequence(point));
}
