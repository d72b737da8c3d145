import { createHash, type KeyObject, randomBytes } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import {
  alternativeNames,
  basicConstraints,
  type CertificateSpec,
  type Issuer,
  issue,
  keyUsages,
  purposes,
  writeCertificate,
} from "#contract/pki/certificate-writer.ts";
import { writeCrl } from "#contract/pki/crl-writer.ts";
import { nameOf } from "#contract/pki/der-writer.ts";
import { oid } from "#contract/pki/oids.ts";
import { derObjects } from "#contract/pki/pem.ts";
import { toPem } from "#contract/pki/pem-writer.ts";
import type { Clock } from "#runtime/clock.ts";
import { freshKeyPair, keyPairFile, secretFile } from "#runtime/key-file.ts";

const dayMs = 86_400_000;
/** A box asks for its next certificate when a third of this is left. */
export const deviceCertificateMs = 90 * dayMs;
const serverCertificateMs = 90 * dayMs;
/** Longer than any box lives; the authority is not renewed but replaced, with every box joining anew. */
const authorityMs = 30 * 365 * dayMs;
const crlMs = 30 * dayMs;

/** A box without a clock battery wakes up in 1970, and must still be able to believe its gateway. */
const sinceEver = 0 as WallMs;

export interface AuthorityFiles {
  readonly authorityKey: string;
  readonly authorityCertificate: string;
}

export interface IssuedCertificate {
  readonly pem: string;
  readonly serial: string;
  readonly notAfter: WallMs;
}

/**
 * The authority that certifies the keys with which boxes speak TLS, and the gateway's own. It is one of
 * this gateway's alone: no other authority's certificate opens anything here.
 */
export class DeviceAuthority {
  readonly #issuer: Issuer;
  readonly #clock: Pick<Clock, "wall">;
  /** The authority's certificate, as PEM. */
  readonly certificate: string;
  /** SHA-256 of it in DER, base64url: what an invitation names it by. */
  readonly fingerprint: string;

  constructor(files: AuthorityFiles, clock: Pick<Clock, "wall">) {
    this.#clock = clock;
    const key = keyPairFile(files.authorityKey, "p256");
    const name = nameOf(["O", "Tebura"], ["CN", "Tebura device authority"]);
    this.#issuer = { name, key };
    this.certificate = secretFile(files.authorityCertificate, () => {
      const { der } = issue({
        ...{ issuer: this.#issuer, name, key, serial: freshSerial(), notBefore: sinceEver },
        notAfter: (clock.wall() + authorityMs) as WallMs,
        extensions: [basicConstraints(true, 0), keyUsages(5, 6)],
      });
      return toPem("CERTIFICATE", der);
    });
    const [der] = derObjects(Buffer.from(this.certificate), "CERTIFICATE");
    this.fingerprint = createHash("sha256")
      .update(der ?? "")
      .digest("base64url");
  }

  /** Certifies a box's key. Its name is the device id, and it is good as a client only. */
  certifyDevice(device: DeviceId, key: KeyObject): IssuedCertificate {
    const notAfter = (this.#clock.wall() + deviceCertificateMs) as WallMs;
    return this.#issue({
      name: nameOf(["CN", device]),
      ...{ key: { publicKey: key }, notBefore: sinceEver, notAfter },
      extensions: [basicConstraints(false), keyUsages(0), purposes(oid.clientAuth)],
    });
  }

  /** A fresh key and its certificate, for a server that answers to these names and addresses. */
  certifyServer(hosts: readonly string[]): IssuedCertificate & { readonly key: string } {
    const key = freshKeyPair("p256");
    const notAfter = (this.#clock.wall() + serverCertificateMs) as WallMs;
    const issued = this.#issue({
      name: nameOf(["CN", "Tebura gateway"]),
      ...{ key, notBefore: sinceEver, notAfter },
      extensions: [
        ...[basicConstraints(false), keyUsages(0), alternativeNames(hosts)],
        // A gateway that uses a broker elsewhere is a client there.
        purposes(oid.serverAuth, oid.clientAuth),
      ],
    });
    return { ...issued, key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  /** The certificates that count no more, for a broker which is not ours to ask. */
  revocationList(revoked: readonly { readonly serial: string; readonly at: WallMs }[]): string {
    const now = this.#clock.wall();
    const der = writeCrl({
      issuer: this.#issuer,
      thisUpdate: now,
      nextUpdate: (now + crlMs) as WallMs,
      number: now,
      revoked: revoked.map(({ serial, at }) => ({ serial: BigInt(`0x${serial}`), at })),
    });
    return toPem("X509 CRL", der);
  }

  #issue(spec: Omit<CertificateSpec, "issuer" | "serial">): IssuedCertificate {
    const serial = freshSerial();
    const der = writeCertificate({ ...spec, issuer: this.#issuer, serial });
    return { pem: toPem("CERTIFICATE", der), serial: serial.toString(16), notAfter: spec.notAfter };
  }
}

/** 127 random bits, positive and never zero (RFC 5280 section 4.1.2.2). */
function freshSerial(): bigint {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** Names and addresses under which this machine can be reached, as far as it knows itself. */
export function ownHosts(host: string): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
  const bound = host === "0.0.0.0" || host === "::" ? [] : [host];
  return [...new Set([...bound, "localhost", hostname(), ...addresses])];
}
