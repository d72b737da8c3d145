import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema, type PersonId } from "#contract/ids.ts";
import {
  type CardNameOf,
  cardNamesUnder,
  type PseudonymOf,
  personOfCardUnder,
  pseudonymsUnder,
} from "#contract/pseudonym.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import { keyPairFile, secretBytesFile } from "#runtime/key-file.ts";
import { type KeyStore, plainKeyStore } from "#runtime/key-store/vault.ts";
import { refuseWhenLeft } from "../fleet/leave.ts";
import { Membership } from "../fleet/membership.ts";
import { rotationSeedOf } from "../gallery/turn-gallery.ts";

/** Who this box is, and the secrets that never leave it. */
export interface DeviceIdentity {
  readonly id: DeviceId;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** 32 bytes under which everything at rest is sealed. */
  readonly storageKey: Uint8Array;
  /** 32 bytes from which the rotation of this deployment's templates follows. */
  readonly rotationSeed: Uint8Array;
  /** The same person is somebody else in each service, and only this secret could join them. */
  readonly pseudonymOf: PseudonymOf;
  /** A card in the events of a service: the same at every box of the deployment. */
  readonly cardNameOf: CardNameOf;
  /** Who somebody is whom nobody has named: the same at every box of the deployment, by their card. */
  readonly personOfCard: (card: CardIdentity) => PersonId;
  /** The X25519 pair to which others seal their galleries. */
  readonly galleryKey: GalleryKey;
}

/** Thirty-two bytes each. */
export interface GalleryKey {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * Reads the keys of a box from its data folder, or makes them there on first use. Its id is the one that
 * it joined its fleet under; without a fleet, the one that is given; without any, one that is made from
 * its key. `store` seals the keys. Throws DATA_UNWRITABLE, DATA_CORRUPT, DEVICE_REVOKED for a box that was told to leave, or
 * CONFIG_INVALID for another id than the fleet's.
 */
export function openIdentity(
  dataDir: string,
  id?: DeviceId,
  store: KeyStore = plainKeyStore,
): DeviceIdentity {
  refuseWhenLeft(dataDir);
  const joined = Membership.of(dataDir, store)?.member.device;
  if (joined !== undefined && id !== undefined && joined !== id) {
    throw new TeburaError(
      "CONFIG_INVALID",
      `this box joined its fleet as ${joined} and is set up as ${id}; take the id out of its settings`,
    );
  }
  const keys = join(dataDir, "keys");
  const { privateKey, publicKey } = keyPairFile(join(keys, "device.key"), "ed25519", store);
  const storageKey = secretBytesFile(join(keys, "storage.key"), store);
  const deployment = secretBytesFile(join(keys, "pseudonym.key"), store);
  const rotationSeed = rotationSeedOf(dataDir, storageKey, store);
  return {
    id: joined ?? id ?? idOf(publicKey),
    privateKey,
    publicKey,
    storageKey,
    rotationSeed,
    pseudonymOf: pseudonymsUnder(deployment),
    cardNameOf: cardNamesUnder(deployment),
    personOfCard: personOfCardUnder(deployment),
    galleryKey: galleryKeyOf(secretBytesFile(join(keys, "gallery.key"), store)),
  };
}

/** The DER of an X25519 private key up to its 32 secret bytes (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b656e04220420", "hex");

function galleryKeyOf(privateKey: Uint8Array): GalleryKey {
  const der = Buffer.concat([pkcs8Prefix, privateKey]);
  const key = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  const { x = "" } = key.export({ format: "jwk" });
  return { privateKey, publicKey: Buffer.from(x, "base64url") };
}

/** The id of a box that nobody named: the start of its key's digest. */
export function idOf(publicKey: KeyObject): DeviceId {
  const digest = digestOf(publicKey.export({ type: "spki", format: "der" }));
  const hex = Buffer.from(digest, "base64url").toString("hex").slice(0, 8);
  return deviceIdSchema.parse(`box-${hex}`);
}
