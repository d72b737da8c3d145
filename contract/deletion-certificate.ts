import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { randomIdSchema } from "./consent.ts";
import { TeburaError } from "./errors.ts";
import { deviceIdSchema, digestSchema, pseudonymSchema, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal, unseal } from "./seal.ts";
import { serviceSchema } from "./services.ts";

/**
 * The gateway's signed word that somebody is gone from every box that ever held, or may have held,
 * their template in a service: when each said so, and the digest of its own signed statement in the
 * ledger. It names nobody: the pseudonym is the one of this service.
 */
const certificateSchema = z.strictObject({
  v: z.literal(1),
  id: randomIdSchema,
  service: serviceSchema,
  person: pseudonymSchema,
  /** When the consent was withdrawn or ran out. */
  endedAt: wallMsSchema,
  certifiedAt: wallMsSchema,
  boxes: z.array(
    z.strictObject({
      device: deviceIdSchema,
      /** "deleted": it said so, signed. "destroyed": it left the fleet and destroyed its keys. */
      how: z.enum(["deleted", "destroyed"]),
      at: wallMsSchema,
      /** Digest of the box's sealed statement, and where it stands in the ledger. */
      statement: digestSchema.nullable(),
      entry: z.int().min(1).nullable(),
      before: digestSchema.nullable(),
      after: digestSchema.nullable(),
    }),
  ),
});
export type DeletionCertificate = Readonly<z.infer<typeof certificateSchema>>;

export async function sealCertificate(
  certificate: DeletionCertificate,
  privateKey: KeyObject,
): Promise<string> {
  return await seal("tebura-deletion+jws", certificate, gatewayKeyId, privateKey);
}

/** Verifies and reads a certificate with the gateway's public key alone. Throws CERTIFICATE_INVALID. */
export async function openCertificate(
  sealed: string,
  publicKey: KeyObject,
): Promise<DeletionCertificate> {
  try {
    const payload = await unseal("tebura-deletion+jws", sealed, gatewayKeyId, publicKey);
    return certificateSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch (cause) {
    throw new TeburaError(
      "CERTIFICATE_INVALID",
      "this certificate is not signed by the gateway whose key was given",
      { cause },
    );
  }
}
