import type { WallMs } from "../ids.ts";
import type { RevocationCode } from "./codes.ts";

/** One list or response that a status rests on, with its age when it was used. */
export interface RevocationSource {
  readonly kind: "crl" | "ocsp";
  readonly thisUpdate: WallMs;
  readonly nextUpdate: WallMs | undefined;
  readonly ageMs: number;
  /** SHA-256 of its bytes in hexadecimal. */
  readonly fingerprint: string;
}

export type RevocationStatus =
  | { readonly status: "good"; readonly sources: readonly RevocationSource[] }
  | {
      readonly status: "revoked";
      readonly revokedAt: WallMs;
      /** CRLReason (RFC 5280 section 5.3.1), where one is given. */
      readonly reason: number | undefined;
      readonly source: RevocationSource;
    }
  | { readonly status: "unknown"; readonly code: RevocationCode };

/** One status out of several: revoked wins over good, and good over not knowing. */
export function combined(statuses: readonly RevocationStatus[]): RevocationStatus {
  const revoked = statuses.find((one) => one.status === "revoked");
  if (revoked) return revoked;
  const good = statuses.flatMap((one) => (one.status === "good" ? one.sources : []));
  if (good.length > 0) return { status: "good", sources: good };
  const codes = statuses.flatMap((one) => (one.status === "unknown" ? [one.code] : []));
  const told = codes.find((code) => code !== "REVOCATION_DATA_MISSING");
  return { status: "unknown", code: told ?? "REVOCATION_DATA_MISSING" };
}
