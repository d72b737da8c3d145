import { createHmac, hkdfSync } from "node:crypto";
import type { PersonId, Pseudonym } from "./ids.ts";
import { type Service, serviceNames } from "./services.ts";
import type { CardIdentity } from "./step-up.ts";

/** Names a person within one service. The same person is somebody else in each. */
export type PseudonymOf = (service: Service, person: PersonId) => Pseudonym;

/**
 * The pseudonyms of one deployment: HMAC-SHA256 under a key of the service alone (HKDF, RFC 5869),
 * cut to 16 bytes. A box and a gateway that hold the same secret of 32 bytes give the same names, and
 * nobody without it can join two services.
 */
export function pseudonymsUnder(secret: Uint8Array): PseudonymOf {
  const keys = new Map(
    serviceNames.map((service) => [
      service,
      Buffer.from(hkdfSync("sha256", secret, "", `tebura-pseudonym-v1 ${service}`, 32)),
    ]),
  );
  return (service, person) => {
    const mac = createHmac("sha256", keys.get(service)!).update(person).digest();
    return mac.subarray(0, 16).toString("base64url") as Pseudonym;
  };
}

/**
 * Who somebody is whom nobody has named yet: HMAC-SHA256 of their card under a key of its own, so that two
 * boxes of one deployment enrol one person, and nobody without the secret can tell whose card it was.
 */
export function personOfCardUnder(secret: Uint8Array): (card: CardIdentity) => PersonId {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "tebura-person-of-card-v1", 32));
  return ({ issuerKey, serial }) => {
    const mac = createHmac("sha256", key).update(`${issuerKey} ${serial}`).digest();
    return `person-${mac.subarray(0, 16).toString("base64url")}` as PersonId;
  };
}
