import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import { pkcs11Vault } from "./pkcs11.ts";
import { tpmVault } from "./tpm.ts";
import {
  type KeyStore,
  type KeyStoreSettings,
  plainKeyStore,
  sealedMark,
  type Vault,
} from "./vault.ts";

/**
 * Opens the key store of the settings. `folder` holds what a token cannot keep itself. Throws
 * KEY_STORE_UNUSABLE when the TPM, the token or the tools for it are not there.
 */
export function openKeyStore(settings: KeyStoreSettings, folder: string): KeyStore {
  if (settings.kind === "file") return plainKeyStore;
  const vault = settings.kind === "tpm" ? tpmVault(settings) : pkcs11Vault(settings, folder);
  return sealedKeyStore(settings.kind, vault);
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM under the vault's key, bound to the file's name: one key cannot be put in another's place. */
function sealedKeyStore(kind: KeyStoreSettings["kind"], vault: Vault): KeyStore {
  const key = vault.key();
  return {
    kind,
    protect(name, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(name));
      const sealed = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
      return `${sealedMark}${Buffer.concat(sealed).toString("base64")}\n`;
    },
    reveal(name, text) {
      if (!text.startsWith(sealedMark)) return text;
      const bytes = Buffer.from(text.slice(sealedMark.length), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(name))
          .setAuthTag(bytes.subarray(-tagBytes));
        const opened = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()];
        return Buffer.concat(opened).toString("utf8");
      } catch (cause) {
        throw new TeburaError(
          "DATA_CORRUPT",
          `${name} was sealed by another TPM or token, or is damaged; let the box join its fleet again ` +
            "in a new data folder",
          { cause },
        );
      }
    },
    destroy: () => vault.destroy(),
  };
}
