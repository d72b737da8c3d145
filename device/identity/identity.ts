import { createHmac, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { type DeviceId, deviceIdSchema, type PersonId, type Pseudonym } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { keyPairFile, secretFile } from "#runtime/key-file.ts";

const secretBytes = 32;

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
  pseudonymOf(service: Service, person: PersonId): Pseudonym;
}

/**
 * Reads the keys of a box from its data folder, or makes them there on first use. Without an id of
 * its own a box is named after its key. Throws DATA_UNWRITABLE or DATA_CORRUPT.
 */
export function openIdentity(dataDir: string, id?: DeviceId): DeviceIdentity {
  const keys = join(dataDir, "keys");
  const { privateKey, publicKey } = keyPairFile(join(keys, "device.key"));
  const storageKey = secret(join(keys, "storage.key"));
  const deployment = secret(join(keys, "pseudonym.key"));
  const rotationSeed = secret(join(keys, "rotation.key"));
  return {
    id: id ?? idOf(publicKey),
    privateKey,
    publicKey,
    storageKey,
    rotationSeed,
    pseudonymOf: (service, person) => pseudonym(deployment, service, person),
  };
}

/** A cut or empty file would still derive keys, and everybody could guess them. */
function secret(path: string): Buffer {
  const text = secretFile(path, () => randomBytes(secretBytes).toString("base64url"));
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === secretBytes && bytes.toString("base64url") === text.trim()) return bytes;
  throw new TeburaError(
    "DATA_CORRUPT",
    `${path} holds no secret of ${secretBytes} bytes; restore it from a backup: without it, ` +
      "what was sealed or named under it stays closed",
  );
}

function idOf(publicKey: KeyObject): DeviceId {
  const digest = digestOf(publicKey.export({ type: "spki", format: "der" }));
  const hex = Buffer.from(digest, "base64url").toString("hex").slice(0, 8);
  return deviceIdSchema.parse(`box-${hex}`);
}

/** HMAC-SHA256 under a key of this service alone (HKDF, RFC 5869), cut to 16 bytes. */
function pseudonym(secret: Uint8Array, service: Service, person: PersonId): Pseudonym {
  const key = Buffer.from(hkdfSync("sha256", secret, "", `tebura-pseudonym-v1 ${service}`, 32));
  const mac = createHmac("sha256", key).update(person).digest();
  return mac.subarray(0, 16).toString("base64url") as Pseudonym;
}
