import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Digest } from "./ids.ts";

/**
 * What stands for a transit card in events: an HMAC of its FeliCa IDm (8 bytes) under a secret of
 * the deployment (32 bytes or more). A plain hash would not do: identifiers are few enough to try
 * them all. Fails on an identifier or a secret of another length.
 */
export function transitCardDigest(identifier: Uint8Array, secret: Uint8Array): Digest {
  assert(identifier.length === 8, "a FeliCa IDm has 8 bytes");
  assert(secret.length >= 32, "the secret has at least 32 bytes");
  const hmac = createHmac("sha256", secret).update("tebura transit card\0").update(identifier);
  return hmac.digest("base64url") as Digest;
}
