import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";

const nonceBytes = 12;
const tagBytes = 16;
const indexBytes = 16;

/**
 * Seals what is kept of people, and makes it findable without opening it. Three keys come from one
 * secret of 32 bytes (HKDF, RFC 5869): one seals, one makes blind indexes, one tells a change.
 */
export class Sealer {
  readonly #sealing: Buffer;
  readonly #indexing: Buffer;
  readonly #comparing: Buffer;

  constructor(secret: Uint8Array) {
    const key = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `tebura-${use}`, 32));
    this.#sealing = key("registry-seal-v1");
    this.#indexing = key("registry-index-v1");
    this.#comparing = key("registry-compare-v1");
  }

  /** AES-256-GCM, bound to its place: what is moved to another row does not open there. */
  seal(place: string, content: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#sealing, nonce);
    cipher.setAAD(Buffer.from(place));
    return Buffer.concat([
      nonce,
      cipher.update(content, "utf8"),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** Throws DATA_CORRUPT for what was changed, moved, or sealed under another key. */
  open(place: string, sealed: Uint8Array): string {
    try {
      const bytes = Buffer.from(sealed);
      const decipher = createDecipheriv(
        "aes-256-gcm",
        this.#sealing,
        bytes.subarray(0, nonceBytes),
        { authTagLength: tagBytes },
      );
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const body = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([body, decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new TeburaError(
        "DATA_CORRUPT",
        "a record of the registry does not open; restore registry.db and registry.key together",
        { cause },
      );
    }
  }

  /**
   * Sixteen bytes that are the same for the same values, and say nothing without the key. Lengths stand
   * before the values, so that ("ab", "c") and ("a", "bc") differ.
   */
  index(field: string, ...values: readonly string[]): Buffer {
    const mac = createHmac("sha256", this.#indexing);
    for (const text of [field, ...values]) mac.update(`${Buffer.byteLength(text)}:${text}`);
    return mac.digest().subarray(0, indexBytes);
  }

  /** Tells whether content is the same as before, without opening what was sealed. */
  digest(content: string): Buffer {
    return createHmac("sha256", this.#comparing).update(content).digest();
  }
}
