import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { type KeyStore, plainKeyStore, sealedMark } from "./key-store/vault.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * The secret in a file, made on first use: written beside its place and linked there whole, so that
 * of two processes which start together one makes it and both read the same. Only the owner can read
 * it, and `store` seals it. Throws DATA_UNWRITABLE, DATA_CORRUPT or KEY_STORE_UNUSABLE.
 */
export function secretFile(path: string, make: () => string, store = plainKeyStore): string {
  const name = basename(path);
  const known = readIfThere(path);
  if (known !== undefined) {
    // A box that had its keys in files before it had a TPM or a token: they are sealed from now on.
    const isOpen = store.kind !== "file" && !known.startsWith(sealedMark);
    if (isOpen) replaceFile(path, store.protect(name, known));
    return store.reveal(name, known);
  }
  const part = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(part, { force: true });
    const file = openSync(part, "wx", 0o600);
    writeSync(file, store.protect(name, make()));
    fsyncSync(file);
    closeSync(file);
    try {
      linkSync(part, path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    rmSync(part, { force: true });
    syncFolder(dirname(path));
    return store.reveal(name, readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof TeburaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("DATA_UNWRITABLE", `cannot keep a key at ${path}: ${why}`, { cause });
  }
}

const secretBytes = 32;

/**
 * 32 secret bytes, made on first use. A cut or empty file would still derive keys, and everybody could
 * guess them: it throws DATA_CORRUPT, DATA_UNWRITABLE where none can be kept, or KEY_STORE_UNUSABLE.
 */
export function secretBytesFile(path: string, store: KeyStore = plainKeyStore): Buffer {
  const text = secretFile(path, () => randomBytes(secretBytes).toString("base64url"), store);
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === secretBytes && bytes.toString("base64url") === text.trim()) return bytes;
  throw new TeburaError(
    "DATA_CORRUPT",
    `${path} holds no secret of ${secretBytes} bytes; restore it from a backup: without it, ` +
      "what was sealed or named under it stays closed",
  );
}

/** A fresh pair: Ed25519 for what we sign ourselves, P-256 for what every TLS library must know. */
export function freshKeyPair(kind: "ed25519" | "p256"): KeyPair {
  return kind === "ed25519"
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

/** A key pair, made on first use. */
export function keyPairFile(
  path: string,
  kind: "ed25519" | "p256" = "ed25519",
  store: KeyStore = plainKeyStore,
): KeyPair {
  const make = () => freshKeyPair(kind).privateKey.export({ type: "pkcs8", format: "pem" });
  const pem = secretFile(path, () => make().toString(), store);
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

/** Writes a file whole or not at all, for its owner only. Throws DATA_UNWRITABLE. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const part = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(part, { force: true });
    const file = openSync(part, "wx", 0o600);
    writeFileSync(file, content);
    fsyncSync(file);
    closeSync(file);
    renameSync(part, path);
    syncFolder(dirname(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("DATA_UNWRITABLE", `cannot write ${path}: ${why}`, { cause });
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
