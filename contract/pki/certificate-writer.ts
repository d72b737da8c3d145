import { createHash, type KeyObject, sign } from "node:crypto";
import { isIPv4 } from "node:net";
import type { WallMs } from "../ids.ts";
import { readPublicKey } from "./certificate.ts";
import { readDer } from "./der.ts";
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
  validityTime,
} from "./der-writer.ts";
import { oid } from "./oids.ts";

/** Writes certificates (RFC 5280 section 4.1): right ones, and wrong ones where a test asks for them. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function spkiOf(key: Pick<KeyPair, "publicKey">): Uint8Array {
  return key.publicKey.export({ format: "der", type: "spki" });
}

/** SHA-1 of the key's bits: method 1 of RFC 5280 section 4.2.1.2. */
export function keyIdOf(key: Pick<KeyPair, "publicKey">): Uint8Array {
  const { bits: keyBits } = readPublicKey(readDer(spkiOf(key), "a public key"));
  return createHash("sha1").update(keyBits).digest();
}

const schemes = {
  "rsa-sha256": { oid: "1.2.840.113549.1.1.11", hash: "sha256" },
  "rsa-sha1": { oid: "1.2.840.113549.1.1.5", hash: "sha1" },
  "rsa-md5": { oid: "1.2.840.113549.1.1.4", hash: "md5" },
  "ec-sha256": { oid: "1.2.840.10045.4.3.2", hash: "sha256" },
  "ec-sha384": { oid: "1.2.840.10045.4.3.3", hash: "sha384" },
  ed25519: { oid: oid.ed25519, hash: null }, // RFC 8410; it hashes by itself.
} as const;
export type Scheme = keyof typeof schemes;

/** The signature that a key makes where nobody asks for another. */
export function usualScheme(key: KeyPair): Scheme {
  if (key.publicKey.asymmetricKeyType === "rsa") return "rsa-sha256";
  if (key.publicKey.asymmetricKeyType === "ed25519") return "ed25519";
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
  readonly key: Pick<KeyPair, "publicKey">;
  readonly serial: number | bigint;
  readonly notBefore: WallMs;
  readonly notAfter: WallMs;
  readonly extensions: readonly Uint8Array[];
  readonly scheme?: Scheme;
}

/** A certificate's DER, exactly as told. Key identifiers are added. */
export function writeCertificate(spec: CertificateSpec): Uint8Array {
  const scheme = spec.scheme ?? usualScheme(spec.issuer.key);
  const body = sequence(
    inside(0, integer(2)),
    integer(spec.serial),
    algorithmOf(scheme),
    spec.issuer.name,
    sequence(validityTime(spec.notBefore), validityTime(spec.notAfter)),
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
  return signed(body, spec.issuer.key, scheme);
}

export interface Issued extends Issuer {
  readonly der: Uint8Array;
  readonly serial: number | bigint;
}

export interface IssueSpec extends CertificateSpec {
  readonly key: KeyPair;
}

/** Certifies a whole key pair, which can then issue or sign itself. */
export function issue(spec: IssueSpec): Issued {
  return { name: spec.name, key: spec.key, der: writeCertificate(spec), serial: spec.serial };
}

export function authorityKeyId(key: Pick<KeyPair, "publicKey">): Uint8Array {
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

/** Host names and IPv4 addresses that a server answers to (RFC 5280 section 4.2.1.6). */
export function alternativeNames(hosts: readonly string[]): Uint8Array {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? implicit(7, Buffer.from(host.split(".").map(Number)))
      : implicit(2, Buffer.from(host, "latin1")),
  );
  return extension(oid.subjectAltName, false, sequence(...names));
}
