import type { WallMs } from "../ids.ts";
import {
  algorithmOf,
  authorityKeyId,
  extension,
  type Issuer,
  type Scheme,
  signed,
  usualScheme,
} from "./certificate-writer.ts";
import { enumerated, inside, integer, sequence, validityTime } from "./der-writer.ts";
import { oid } from "./oids.ts";

export interface CrlSpec {
  readonly issuer: Issuer;
  readonly thisUpdate: WallMs;
  readonly nextUpdate: WallMs;
  readonly revoked: readonly { serial: number | bigint; at: WallMs; reason?: number }[];
  readonly number?: number;
  /** The directory name of the one partition that this CRL covers. */
  readonly partition?: Uint8Array;
  /** Makes a delta on this base. */
  readonly base?: number;
  readonly extensions?: readonly Uint8Array[];
  readonly scheme?: Scheme;
}

/** Writes one CRL exactly as told (RFC 5280 section 5.1). */
export function writeCrl(spec: CrlSpec): Uint8Array {
  const scheme = spec.scheme ?? usualScheme(spec.issuer.key);
  const entries = spec.revoked.map(({ serial, at, reason }) =>
    reason === undefined
      ? sequence(integer(serial), validityTime(at))
      : sequence(
          integer(serial),
          validityTime(at),
          sequence(extension(oid.reasonCode, false, enumerated(reason))),
        ),
  );
  const extensions = [
    extension(oid.authorityKeyIdentifier, false, authorityKeyId(spec.issuer.key)),
    extension(oid.crlNumber, false, integer(spec.number ?? 1)),
    ...(spec.base === undefined
      ? []
      : [extension(oid.deltaCrlIndicator, true, integer(spec.base))]),
    ...(spec.partition ? [issuingPoint(spec.partition)] : []),
    ...(spec.extensions ?? []),
  ];
  const body = sequence(
    integer(1),
    algorithmOf(scheme),
    spec.issuer.name,
    validityTime(spec.thisUpdate),
    validityTime(spec.nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    inside(0, sequence(...extensions)),
  );
  return signed(body, spec.issuer.key, scheme);
}

function issuingPoint(name: Uint8Array): Uint8Array {
  const value = sequence(inside(0, inside(0, inside(4, name))));
  return extension(oid.issuingDistributionPoint, true, value);
}
