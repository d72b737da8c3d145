import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type WallMs, wallMsSchema } from "#contract/ids.ts";
import { copyDatabase, missingFile } from "#runtime/database.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { gatewayFiles } from "./config.ts";
import { Ledger } from "./ledger/ledger.ts";
import { type Verdict, verifyLedger } from "./ledger/verify.ts";
import { DeviceRegistry } from "./registry/device-registry.ts";

const manifestName = "backup.json";
const chunkBytes = 1_048_576;
const manifestSchema = z.strictObject({
  v: z.literal(1),
  at: wallMsSchema,
  entries: z.int().min(0),
  /** SHA-256 in hexadecimal of every file, by its path below the copy. */
  files: z.record(z.string(), z.string()),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

/**
 * Copies a gateway's data folder, running or not, to a new folder that appears whole or not at all.
 * Each database is one moment of itself. Nonces come before the ledger (a used one that the copy does
 * not know as used is marked again from the ledger; the reverse would refuse an honest event), and
 * devices and the keys of evidence after it (every entry's device must be known, and its evidence open). The copy holds the gateway's key: whoever has
 * it can sign as this gateway. Throws SOURCE_NOT_FOUND, CONFIG_INVALID where `to` exists, DATA_UNWRITABLE,
 * DATA_CORRUPT.
 */
export function backUpGateway(dataDir: string, to: string, at: WallMs): BackupManifest {
  const { ledger: source } = gatewayFiles(dataDir);
  if (!existsSync(source)) throw missingFile(source);
  if (existsSync(to)) throw new TeburaError("CONFIG_INVALID", `${to} exists; name a new folder`);
  const part = `${to}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    const files: Record<string, string> = {};
    for (const path of filesBelow(dataDir)) {
      const target = join(part, path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      if (path.endsWith(".db")) copyDatabase(join(dataDir, path), target);
      else copyFileSync(join(dataDir, path), target);
      syncPath(target);
      files[path] = digestOfFile(target);
    }
    using ledger = new Ledger(gatewayFiles(part).ledger, { readonly: true });
    const manifest: BackupManifest = { v: 1, at, entries: ledger.count, files };
    writeFileSync(join(part, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    syncPath(join(part, manifestName));
    renameSync(part, to);
    syncPath(dirname(to));
    return manifest;
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    throw asBackupError(to, cause);
  }
}

/**
 * Puts a copy in the place of a gateway's data folder, where there is none yet, after its files, its
 * ledger and its tree were verified. Throws SOURCE_NOT_FOUND where there is none, CONFIG_INVALID where a
 * gateway's data is already there, DATA_CORRUPT for a copy that does not hold.
 */
export async function restoreGateway(from: string, dataDir: string): Promise<BackupManifest> {
  if (existsSync(gatewayFiles(dataDir).ledger)) {
    throw new TeburaError(
      "CONFIG_INVALID",
      `${dataDir} holds a ledger already; restore to another --data, or move it away first`,
    );
  }
  if (!existsSync(from)) throw new TeburaError("SOURCE_NOT_FOUND", `there is no ${from}`);
  const manifest = readManifest(from);
  for (const [path, digest] of Object.entries(manifest.files)) {
    const isSound = existsSync(join(from, path)) && digestOfFile(join(from, path)) === digest;
    if (!isSound) throw new TeburaError("DATA_CORRUPT", `${path} of the copy is damaged`);
  }
  const verdict = await verifyCopy(from);
  if (!verdict.intact) throw new TeburaError("DATA_CORRUPT", `the copy: ${verdict.message}`);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // The ledger comes last: with it the folder counts as a gateway's, and is never half of one.
    const paths = Object.keys(manifest.files).sort((a, b) => rankOf(a) - rankOf(b));
    for (const path of [...paths.filter((each) => !isLedger(each)), ...paths.filter(isLedger)]) {
      const target = join(dataDir, path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      copyFileSync(join(from, path), `${target}.part`);
      syncPath(`${target}.part`);
      renameSync(`${target}.part`, target);
    }
    syncPath(dataDir);
    return manifest;
  } catch (cause) {
    throw asBackupError(dataDir, cause);
  }
}

/** Opened read only and with no journal beside it, so that the copy stays as it is. */
async function verifyCopy(folder: string): Promise<Verdict> {
  const files = gatewayFiles(folder);
  using ledger = new Ledger(files.ledger, { readonly: true });
  using devices = new DeviceRegistry(files.devices, { readonly: true });
  const keyOf = (device: Parameters<typeof devices.get>[0]) => devices.get(device)?.publicKey;
  return await verifyLedger(ledger, keyOf, publicKeyFile(files.publicKey));
}

function readManifest(from: string): BackupManifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(from, manifestName), "utf8")));
  } catch (cause) {
    throw new TeburaError("DATA_CORRUPT", `${from} is no whole copy of a gateway`, { cause });
  }
}

/** The files that make a gateway, in the order to copy them; locks and journals are not among them. */
function filesBelow(dataDir: string): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^lock$|-wal$|-shm$|-journal$|\.part$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
    .filter((path) => path !== manifestName)
    .sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf(path: string): number {
  if (path === "devices.db" || path === "evidence-keys.db") return 2;
  return isLedger(path) ? 1 : 0;
}

function isLedger(path: string): boolean {
  return path === "ledger.db";
}

function digestOfFile(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(chunkBytes); // A ledger may be larger than memory.
  const opened = openSync(path, "r");
  try {
    for (;;) {
      const bytes = readSync(opened, chunk, 0, chunkBytes, null);
      if (bytes === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, bytes));
    }
  } finally {
    closeSync(opened);
  }
}

/** A file or a folder's names survive a power cut only once they are written through. */
function syncPath(path: string): void {
  const opened = openSync(path, "r");
  fsyncSync(opened);
  closeSync(opened);
}

function asBackupError(path: string, cause: unknown): TeburaError {
  if (cause instanceof TeburaError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TeburaError("DATA_UNWRITABLE", `${path} cannot be written: ${why}`, { cause });
}
