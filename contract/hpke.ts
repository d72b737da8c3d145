import { createPrivateKey, createPublicKey } from "node:crypto";
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { TeburaError } from "./errors.ts";

/**
 * Hybrid public key encryption (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * ChaCha20-Poly1305. Who sealed is said by the signature around it, which also names the receiver.
 */
export const hpkeSuite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});

/** Bytes of a public key, of a private key, and of the encapsulated key that a sealed message begins with. */
export const hpkeKeyBytes = 32;

/** What stands before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410 section 7). */
const pkcs8Start = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The public half of a private key, in base64url. */
export function publicHalfOf(secret: Uint8Array): string {
  const key = Buffer.concat([pkcs8Start, secret]);
  const pair = createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" }));
  return pair.export({ format: "jwk" }).x as string;
}

/** What a sealed message is for, and what it belongs to: it opens nowhere else. */
export interface HpkeBinding {
  /** A constant of the protocol. */
  readonly info: string;
  /** Whatever travels beside the message in the clear. */
  readonly aad: Uint8Array;
}

/** Seals to a public key under a fresh ephemeral key: encapsulated key, ciphertext and tag in one piece. */
export async function sealTo(
  publicKey: Uint8Array,
  plain: Uint8Array,
  { info, aad }: HpkeBinding,
): Promise<Uint8Array> {
  const recipientPublicKey = await hpkeSuite.kem.deserializePublicKey(owned(publicKey));
  const { enc, ct } = await hpkeSuite.seal(
    { recipientPublicKey, info: owned(new TextEncoder().encode(info)) },
    owned(plain),
    owned(aad),
  );
  return Buffer.concat([new Uint8Array(enc), new Uint8Array(ct)]);
}

/** Opens what was sealed to this key. Throws GALLERY_MESSAGE_INVALID for everything else. */
export async function openWith(
  privateKey: Uint8Array,
  sealed: Uint8Array,
  { info, aad }: HpkeBinding,
): Promise<Uint8Array> {
  try {
    const recipientKey = await hpkeSuite.kem.deserializePrivateKey(owned(privateKey));
    const plain = await hpkeSuite.open(
      {
        recipientKey,
        enc: owned(sealed.subarray(0, hpkeKeyBytes)),
        info: owned(new TextEncoder().encode(info)),
      },
      owned(sealed.subarray(hpkeKeyBytes)),
      owned(aad),
    );
    return new Uint8Array(plain);
  } catch (cause) {
    throw new TeburaError(
      "GALLERY_MESSAGE_INVALID",
      "a sealed part of a gallery does not open with this box's key",
      { cause },
    );
  }
}

/** A copy in memory of its own: a small buffer of Node's shares its memory with others. */
function owned(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
