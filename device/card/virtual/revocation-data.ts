import { createHash } from "node:crypto";
import type { WallMs } from "#contract/ids.ts";
import {
  extension,
  type Issuer,
  type KeyPair,
  keyIdOf,
  type Scheme,
  signed,
} from "#contract/pki/certificate-writer.ts";
import {
  enumerated,
  implicit,
  inside,
  integer,
  nothing,
  octets,
  oidOf,
  sequence,
  time,
} from "#contract/pki/der-writer.ts";
import { oid } from "#contract/pki/oids.ts";

export interface OcspSpec {
  /** The authority that issued the certificate which is asked about. */
  readonly issuer: Issuer;
  readonly serial: number | bigint;
  readonly status: "good" | "revoked" | "unknown";
  readonly signer: KeyPair;
  /** Names the responder by its key; by this name where given. */
  readonly responderName?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly thisUpdate: WallMs;
  readonly nextUpdate?: WallMs;
  readonly nonce?: Uint8Array;
  readonly scheme?: Scheme;
}

/** Issues one successful OCSP response exactly as told. */
export function issueOcsp(spec: OcspSpec): Uint8Array {
  const digest = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest();
  const certId = sequence(
    sequence(oidOf("1.3.14.3.2.26"), nothing()),
    octets(digest(spec.issuer.name)),
    octets(keyIdOf(spec.issuer.key)),
    integer(spec.serial),
  );
  const status = {
    good: implicit(0, new Uint8Array()),
    revoked: inside(1, time(spec.thisUpdate)),
    unknown: implicit(2, new Uint8Array()),
  }[spec.status];
  const single = sequence(
    certId,
    status,
    time(spec.thisUpdate),
    ...(spec.nextUpdate === undefined ? [] : [inside(0, time(spec.nextUpdate))]),
  );
  const nonce = spec.nonce && extension(oid.ocspNonce, false, octets(spec.nonce));
  const body = sequence(
    spec.responderName ? inside(1, spec.responderName) : inside(2, octets(keyIdOf(spec.signer))),
    time(spec.thisUpdate),
    sequence(single),
    ...(nonce ? [inside(1, sequence(nonce))] : []),
  );
  const certificates = spec.certificates ?? [];
  const basic = signed(
    body,
    spec.signer,
    spec.scheme,
    ...(certificates.length > 0 ? [inside(0, sequence(...certificates))] : []),
  );
  return sequence(enumerated(0), inside(0, sequence(oidOf(oid.ocspBasic), octets(basic))));
}
