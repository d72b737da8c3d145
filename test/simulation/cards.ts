import type { Pseudonym } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { cardNamesUnder } from "#contract/pseudonym.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import type { Trust } from "#runtime/trust-folder.ts";
import {
  cardPolicies,
  days,
  makeAuthority,
  makeCard,
  makeCrl,
} from "#test/support/card-hierarchy.ts";

/** A resident of the simulated city, and the card in their pocket. */
export interface Holder {
  readonly person: Pseudonym;
  readonly card: Issued;
  readonly isRevoked: boolean;
}

/** What boxes and gateway of this deployment call a card. */
export const cardNameOf = cardNamesUnder(Buffer.alloc(32, 5));

/** Clocks jump by years here, and cards are not what is tried by that: theirs outlast every jump. */
const always = { notBefore: days(-15_000), notAfter: days(15_000) };
const revokedSerial = 99;

interface Hierarchy {
  readonly holders: readonly Holder[];
  readonly trust: Trust;
}

let made: Hierarchy | undefined;

/** The one authority of all worlds, its list of revoked cards, and who lives there. */
export function hierarchy(): Hierarchy {
  made ??= makeHierarchy();
  return made;
}

/** What box and gateway hold a card to. */
export const cardRules = {
  policies: [cardPolicies.authentication],
  crlAgeMsMax: Number.MAX_SAFE_INTEGER,
};

function makeHierarchy(): Hierarchy {
  const authority = makeAuthority("simulated", always);
  const holders = [11, 12, 13, revokedSerial].map((serial): Holder => {
    const key = keyPair("rsa-2048", `simulated card ${serial}`);
    return {
      person: Buffer.alloc(16, serial).toString("base64url") as Pseudonym,
      card: makeCard(authority, { serial, key, ...always }),
      isRevoked: serial === revokedSerial,
    };
  });
  const crl = makeCrl(authority, {
    thisUpdate: always.notBefore,
    nextUpdate: always.notAfter,
    revoked: [{ serial: revokedSerial, at: always.notBefore, reason: 1 }],
  });
  const anchors = [parseCertificate(authority.der)];
  return { holders, trust: { anchors, crls: createCrlShelf([parseCrl(crl)]), ocsp: [] } };
}
