import { generateKeyPairSync } from "node:crypto";
import type { KeyPair } from "#contract/pki/certificate-writer.ts";

/** The keys of trial and test authorities, cards and attackers. */
export type KeyKind = "rsa-2048" | "rsa-1024" | "p256" | "p384" | "secp256k1";

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
