import { createHash } from "node:crypto";
import type { Digest } from "./ids.ts";

/** SHA-256 of the parts one after the other, in base64url. */
export function digestOf(...parts: readonly (string | Uint8Array)[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("base64url") as Digest;
}

/** What the first event of a device, and the first entry of a ledger, name as the one before. */
export const genesisDigest = Buffer.alloc(32).toString("base64url") as Digest;
