import { randomBytes } from "node:crypto";
import { runTool } from "./run-tool.ts";
import type { KeyStoreSettings, Vault } from "./vault.ts";

const keyBytes = 32;

/**
 * A vault in the memory of a TPM 2.0 (NV index, TPM 2.0 Library part 1 section 37), through tpm2-tools.
 * Unlike a sealed file it leaves no copy on the disk: undefining the index destroys it.
 */
export function tpmVault({ index, tcti }: Extract<KeyStoreSettings, { kind: "tpm" }>): Vault {
  const env: Record<string, string> = tcti === undefined ? {} : { TPM2TOOLS_TCTI: tcti };
  const tpm = (tool: string, args: readonly string[], failure?: string, input?: Uint8Array) =>
    runTool(tool, args, {
      env,
      ...(failure === undefined ? {} : { failure }),
      ...(input ? { input } : {}),
    });
  const read = (failure?: string) =>
    tpm("tpm2_nvread", ["-C", "o", "-s", `${keyBytes}`, index], failure);
  return {
    key() {
      const known =
        tpm("tpm2_nvreadpublic", [index]) && read(`the TPM does not give index ${index}`);
      if (known) return known;
      const size = ["-C", "o", "-s", `${keyBytes}`, "-a", "ownerread|ownerwrite", index];
      tpm("tpm2_nvdefine", size, `the TPM has no room for index ${index}, or lets nobody in`);
      const fresh = randomBytes(keyBytes);
      tpm("tpm2_nvwrite", ["-C", "o", "-i", "-", index], "the TPM does not keep the key", fresh);
      // Read back: what the box will live by is what the TPM gives, not what we meant to put there.
      return read("the TPM does not give the key back") ?? fresh;
    },
    destroy() {
      tpm("tpm2_nvundefine", ["-C", "o", index]);
    },
  };
}
