import type { KeyStore } from "#runtime/key-store/vault.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { ExactGalleryIndex } from "../gallery/index/exact.ts";
import type { RotatedVision } from "../gallery/rotated-vision.ts";
import { finishRotation, keepNextRotation, turnGallery } from "../gallery/turn-gallery.ts";
import type { TrustSettings } from "../step-up/open-desk.ts";
import { ConsentedGallery, type ConsentedGalleryPorts } from "./consented-gallery.ts";

interface OpenConsented
  extends Omit<ConsentedGalleryPorts, "rules" | "rekey" | "dimensions" | "index"> {
  readonly dataDir: string;
  readonly keyStore: KeyStore;
  readonly vision: RotatedVision;
  readonly index: ExactGalleryIndex;
  readonly cardTrust: TrustSettings;
}

/** Joins the consents of a box to its trust in cards, and its gallery to the deployment's secret. */
export function openConsentedGallery(parts: OpenConsented): ConsentedGallery {
  const { cardTrust, clock, log, vision, identity } = parts;
  const { trustDir, ...rules } = cardTrust;
  const folder = new TrustFolder(trustDir, { clock, log });
  let seed: Uint8Array = identity.rotationSeed;
  return new ConsentedGallery({
    ...parts,
    dimensions: vision.dimensions,
    rules: { ...rules, trust: () => folder.trust },
    rekey(to) {
      const count = turnRunning(parts, { from: seed, to });
      seed = Uint8Array.from(to);
      return count;
    },
  });
}

/**
 * Turns a running box to another rotation. The new secret is on disk before the gallery goes through it,
 * and the old one is destroyed after: a power cut in between is made up for at the next start.
 */
function turnRunning(
  { dataDir, keyStore, store, vision, index, backup: _, onChanged }: OpenConsented,
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
): number {
  keepNextRotation(dataDir, to, keyStore);
  const count = turnGallery(store, vision.dimensions, { from, to });
  vision.turnTo(to);
  finishRotation(dataDir, keyStore);
  refill(index, store);
  onChanged();
  return count;
}

/** Whoever is in the index is there in the new rotation, and nobody else comes in. */
function refill(index: ExactGalleryIndex, store: GalleryStore): void {
  const held = new Set(store.consents.all().map(({ owner }) => owner));
  for (const person of held) {
    if (!index.remove(person)) continue;
    for (const template of store.templatesOf(person)) {
      index.add(person, template);
      template.fill(0);
    }
  }
}
