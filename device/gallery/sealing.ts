import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;
const algorithm = "chacha20-poly1305";

/**
 * Seals small things at rest with ChaCha20-Poly1305 (RFC 8439), each under a fresh random nonce and
 * bound by its context to the place where it belongs, so that a row cannot be moved to another person.
 */
export class Sealer implements Disposable {
  readonly #key: Buffer;
  readonly #lookupKey: Buffer;

  /** `purpose` separates the keys of different stores under one device key (HKDF, RFC 5869). */
  constructor(deviceKey: Uint8Array, purpose: string) {
    const derive = (use: string) =>
      Buffer.from(hkdfSync("sha256", deviceKey, "", `tebura ${purpose} ${use}`, 32));
    this.#key = derive("seal");
    this.#lookupKey = derive("lookup");
  }

  /** Nonce, ciphertext and tag in one piece. */
  seal(plain: Uint8Array, context: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(context), { plaintextLength: plain.length });
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** The plain bytes, or undefined when the key, the context or a single bit is another. */
  open(sealed: Uint8Array, context: string): Buffer | undefined {
    if (sealed.length < nonceBytes + tagBytes) return undefined;
    const nonce = sealed.subarray(0, nonceBytes);
    const body = sealed.subarray(nonceBytes, sealed.length - tagBytes);
    const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context), { plaintextLength: body.length });
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** Finds an equal text again without keeping it: HMAC under a key of its own. */
  lookup(text: string): string {
    return createHmac("sha256", this.#lookupKey).update(text).digest("base64url");
  }

  [Symbol.dispose](): void {
    this.#key.fill(0);
    this.#lookupKey.fill(0);
  }
}
