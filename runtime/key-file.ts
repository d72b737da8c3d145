import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { TeburaError } from "#contract/errors.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * The secret in a file, made on first use: written beside its place and linked there whole, so that
 * of two processes which start together one makes it and both read the same. Only the owner can read
 * it. Throws DATA_UNWRITABLE or DATA_CORRUPT.
 */
export function secretFile(path: string, make: () => string): string {
  const known = readIfThere(path);
  if (known !== undefined) return known;
  const part = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(part, { force: true });
    const file = openSync(part, "wx", 0o600);
    writeSync(file, make());
    fsyncSync(file);
    closeSync(file);
    try {
      linkSync(part, path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    rmSync(part, { force: true });
    syncFolder(dirname(path));
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("DATA_UNWRITABLE", `cannot keep a key at ${path}: ${why}`, { cause });
  }
}

/** An Ed25519 key pair, made on first use. */
export function keyPairFile(path: string): KeyPair {
  const pem = secretFile(path, () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  try {
    const privateKey = createPrivateKey(pem);
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch (cause) {
    throw new TeburaError(
      "DATA_CORRUPT",
      `${path} holds no private key; restore it from a backup, or move it away to make a new one`,
      { cause },
    );
  }
}

/** A public key in PEM form. Throws CONFIG_INVALID when the file is missing or holds none. */
export function publicKeyFile(path: string): KeyObject {
  try {
    return createPublicKey(readFileSync(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("CONFIG_INVALID", `${path} holds no public key in PEM form: ${why}`, {
      cause,
    });
  }
}

/** A new name in a folder is safe from a power cut only when the folder itself is written. */
function syncFolder(folder: string): void {
  const opened = openSync(folder, "r");
  fsyncSync(opened);
  closeSync(opened);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("DATA_UNWRITABLE", `cannot read ${path}: ${why}`, { cause });
  }
}
