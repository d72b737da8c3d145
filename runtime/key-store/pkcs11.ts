import { constants, createPublicKey, publicEncrypt, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { replaceFile } from "../key-file.ts";
import { runTool } from "./run-tool.ts";
import type { KeyStoreSettings, Vault } from "./vault.ts";

const keyBytes = 32;
/** The identifier of our key pair on the token. */
const objectId = "74656275";

/**
 * A vault behind a PKCS #11 token, through OpenSC's pkcs11-tool: 32 bytes encrypted to an RSA key that the
 * token made and never gives away (RSAES-OAEP, RFC 8017 section 7.1; with SHA-1, which every token knows
 * and OAEP does not suffer from). Deleting that key destroys the vault.
 */
export function pkcs11Vault(
  { module, token, pinFile }: Extract<KeyStoreSettings, { kind: "pkcs11" }>,
  folder: string,
): Vault {
  const path = join(folder, "vault.pkcs11");
  const env = { TEBURA_TOKEN_PIN: readPin(pinFile) };
  const base = ["--module", module, "--token-label", token];
  const login = [...base, "--login", "--pin", "env:TEBURA_TOKEN_PIN"];
  const run = (args: readonly string[], failure?: string, input?: Uint8Array) =>
    runTool("pkcs11-tool", args, {
      env,
      ...(failure === undefined ? {} : { failure }),
      ...(input ? { input } : {}),
    });
  const publicKey = () => run([...base, "--read-object", "--type", "pubkey", "--id", objectId]);
  return {
    key() {
      if (existsSync(path)) {
        const oaep = [
          "--mechanism",
          "RSA-PKCS-OAEP",
          "--hash-algorithm",
          "SHA-1",
          "--mgf",
          "MGF1-SHA1",
        ];
        const decrypt = [...login, "--decrypt", "--id", objectId, ...oaep];
        const opened = run(decrypt, `the token ${token} does not open ${path}`, readFileSync(path));
        if (opened?.length === keyBytes) return opened;
        throw new TeburaError("KEY_STORE_UNUSABLE", `${path} does not hold what the token sealed`);
      }
      if (!publicKey()?.length) {
        const make = [
          "--keypairgen",
          "--key-type",
          "rsa:2048",
          "--id",
          objectId,
          "--label",
          "tebura",
        ];
        run([...login, ...make, "--usage-decrypt"], `the token ${token} makes no RSA key`);
      }
      const der = publicKey();
      if (!der?.length) {
        throw new TeburaError(
          "KEY_STORE_UNUSABLE",
          `the token ${token} does not give its public key`,
        );
      }
      const key = createPublicKey({ key: der, format: "der", type: "spki" });
      const fresh = randomBytes(keyBytes);
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const sealed = publicEncrypt({ key, padding, oaepHash: "sha1" }, fresh);
      replaceFile(path, sealed);
      return fresh;
    },
    destroy() {
      for (const type of ["privkey", "pubkey"]) {
        run([...login, "--delete-object", "--type", type, "--id", objectId]);
      }
      rmSync(path, { force: true });
    },
  };
}

function readPin(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new TeburaError("KEY_STORE_UNUSABLE", `cannot read the token's PIN from ${path}`, {
      cause,
    });
  }
}
