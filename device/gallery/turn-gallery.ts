import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { WallMs } from "#contract/ids.ts";
import { rotationName } from "#contract/rotation-name.ts";
import { replaceFile, secretBytesFile } from "#runtime/key-file.ts";
import type { KeyStore } from "#runtime/key-store/vault.ts";
import { GalleryStore } from "./gallery-store.ts";
import { createRotation } from "./rotation.ts";

/** Where the deployment's secret lies, and the next one until the gallery has gone through it. */
const rotationFiles = (dataDir: string) => ({
  current: join(dataDir, "keys", "rotation.key"),
  next: join(dataDir, "keys", "rotation.next"),
});

/**
 * Takes every template of a gallery from one rotation to another, in one transaction: similarities stay
 * what they were, and a copy from before matches nothing any more. Once more changes nothing. Returns how
 * many templates there are.
 */
export function turnGallery(
  store: GalleryStore,
  dimensions: number,
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
): number {
  const embedder = store.model.slice(0, store.model.lastIndexOf("+"));
  const model = `${embedder}+${rotationName(to)}`;
  if (store.model === model) return store.templateCount;
  using before = createRotation(from, dimensions);
  using after = createRotation(to, dimensions);
  const count = store.retemplate(model, (template) => {
    const plain = before.unrotate(template);
    const turned = after.rotate(plain);
    plain.fill(0);
    return turned;
  });
  store.scrub();
  return count;
}

/** Keeps a secret that the deployment will go by, beside the one that the gallery has gone through. */
export function keepNextRotation(dataDir: string, seed: Uint8Array, store: KeyStore): void {
  const { current, next } = rotationFiles(dataDir);
  const text = Buffer.from(seed).toString("base64url");
  if (!existsSync(current)) {
    replaceFile(current, store.protect("rotation.key", text));
    return;
  }
  if (secretBytesFile(current, store).equals(seed)) return;
  replaceFile(next, store.protect("rotation.next", text));
}

/** The gallery has gone through the next secret: it takes the place of the old one, which is destroyed. */
export function finishRotation(dataDir: string, store: KeyStore): void {
  const { current, next } = rotationFiles(dataDir);
  if (!existsSync(next)) return;
  const text = store.reveal("rotation.next", readFileSync(next, "utf8"));
  replaceFile(current, store.protect("rotation.key", text));
  rmSync(next);
}

/**
 * The secret of the rotation that a box's templates went through. One that arrived while the box was off, or
 * before a power cut, is gone through first.
 */
export function rotationSeedOf(dataDir: string, storageKey: Uint8Array, store: KeyStore): Buffer {
  const { current, next } = rotationFiles(dataDir);
  const from = secretBytesFile(current, store);
  if (!existsSync(next)) return from;
  const to = secretBytesFile(next, store);
  const path = join(dataDir, "gallery.db");
  const kept = existsSync(path) ? keptModel(path) : undefined;
  if (kept) {
    using gallery = new GalleryStore({ ...kept, path, key: storageKey, wall: () => 0 as WallMs });
    turnGallery(gallery, kept.dimensions, { from, to });
  }
  finishRotation(dataDir, store);
  return to;
}

function keptModel(
  path: string,
): { readonly model: string; readonly dimensions: number } | undefined {
  const database = new Sqlite(path, { readonly: true, fileMustExist: true });
  try {
    return database.prepare("SELECT model, dimensions FROM gallery").get() as
      | { model: string; dimensions: number }
      | undefined;
  } finally {
    database.close();
  }
}
