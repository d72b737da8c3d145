import { TeburaError } from "#contract/errors.ts";

/** Where the one key lives under which a box's other keys are sealed. */
export type KeyStoreSettings =
  /** Nowhere: the keys lie in files that only their owner can read. */
  | { readonly kind: "file" }
  /** In a TPM 2.0, at an index of its own memory. */
  | { readonly kind: "tpm"; readonly index: string; readonly tcti?: string | undefined }
  /** Sealed to a private key that never leaves a PKCS #11 token. */
  | {
      readonly kind: "pkcs11";
      readonly module: string;
      readonly token: string;
      readonly pinFile: string;
    };

/** Something that keeps 32 bytes so that they are not on the disk. */
export interface Vault {
  /** The bytes, made on first use. Throws KEY_STORE_UNUSABLE. */
  key(): Uint8Array;
  /** Makes the bytes irrecoverable: whatever was sealed under them is noise. */
  destroy(): void;
}

/** Seals the texts of key files on their way to the disk, and opens them on their way back. */
export interface KeyStore {
  readonly kind: KeyStoreSettings["kind"];
  protect(name: string, text: string): string;
  /** Throws DATA_CORRUPT for what this store has not sealed, or has sealed for another file. */
  reveal(name: string, text: string): string;
  destroy(): void;
}

/** How a sealed key file begins. */
export const sealedMark = "tebura-sealed-key-v1 ";

/** The store of a box whose keys lie in files as they are. */
export const plainKeyStore: KeyStore = {
  kind: "file",
  protect: (_name, text) => text,
  reveal(name, text) {
    if (!text.startsWith(sealedMark)) return text;
    throw new TeburaError(
      "KEY_STORE_UNUSABLE",
      `${name} is sealed by a TPM or a token; name it in the settings, under device.keyStore`,
    );
  },
  destroy: () => {},
};
