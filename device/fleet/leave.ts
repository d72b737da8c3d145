import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { replaceFile } from "#runtime/key-file.ts";
import { type KeyStore, plainKeyStore } from "#runtime/key-store/vault.ts";
import { membershipFiles } from "./membership.ts";

/** Keys without which nothing that this box keeps of people can be read again. */
const destroyed = [
  "storage.key",
  "rotation.key",
  "rotation.next",
  "pseudonym.key",
  "gallery.key",
  "tls.key",
];

/**
 * Leaves the fleet for good: the mark first, so that a power cut in the middle ends in the same place,
 * then the keys, overwritten and removed. What is sealed under them is noise from here on (cryptographic
 * erasure); a flash card may keep old copies of a block, which a TPM or token as the key store prevents.
 * The key that signs events stays, so that the box can say that it has done this.
 */
export function leaveFleet(dataDir: string, at: WallMs, store: KeyStore = plainKeyStore): void {
  replaceFile(membershipFiles(dataDir).left, `${JSON.stringify({ v: 1, at })}\n`);
  destroyKeys(dataDir);
  store.destroy();
}

/**
 * Throws DEVICE_REVOKED where this box has left its fleet. A power cut may have come between the mark
 * and the keys, so what is left of them goes now.
 */
export function refuseWhenLeft(dataDir: string): void {
  if (!existsSync(membershipFiles(dataDir).left)) return;
  destroyKeys(dataDir);
  throw new TeburaError(
    "DEVICE_REVOKED",
    `this box was told to leave its fleet, and has destroyed the keys in ${dataDir}; a box that is ` +
      "found again gets a new data folder, a new id and a new invitation",
  );
}

function destroyKeys(dataDir: string): void {
  const keys = join(dataDir, "keys");
  const names = existsSync(keys) ? readdirSync(keys) : [];
  for (const name of names) {
    // A half-written copy of a key, beside its place, is that key.
    const isOne = destroyed.some((key) => name === key || name.startsWith(`${key}.`));
    if (isOne) destroy(join(keys, name));
  }
}

function destroy(path: string): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(statSync(path).size));
  fsyncSync(file);
  closeSync(file);
  rmSync(path);
}
