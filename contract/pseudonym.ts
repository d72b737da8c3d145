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
  return namesUnder(secret, "tebura-pseudonym-v1");
}

function namesUnder(secret: Uint8Array, use: string): (service: Service, of: string) => Pseudonym {
  const keys = new Map(
    serviceNames.map((service) => [
      service,
      Buffer.from(hkdfSync("sha256", secret, "", `${use} ${service}`, 32)),
    ]),
  );
  return (service, of) => {
    const mac = createHmac("sha256", keys.get(service)!).update(of).digest();
    return mac.subarray(0, 16).toString("base64url") as Pseudonym;
  };
}

/** Names a card within one service. The same card is another in each. */
export type CardNameOf = (service: Service, card: CardIdentity) => Pseudonym;

/**
 * The names of cards in events, made as people's are and under keys of their own: who reads a service's
 * records can tell two cards apart, and nobody without the secret can tell whose they are.
 */
export function cardNamesUnder(secret: Uint8Array): CardNameOf {
  const nameOf = namesUnder(secret, "tebura-card-name-v1");
  return (service, { issuerKey, serial }) => nameOf(service, `${issuerKey} ${serial}`);
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
