import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WallMs } from "#contract/ids.ts";
import {
  basicConstraints,
  distributionPoint,
  type Issued,
  issue,
  keyUsages,
  policies,
} from "#contract/pki/certificate-writer.ts";
import { writeCrl } from "#contract/pki/crl-writer.ts";
import { nameOf } from "#contract/pki/der-writer.ts";
import type { SigningCard } from "#device/card/card.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { freshKeyPair } from "#device/card/virtual/certificates.ts";
import { trialPins, trialPolicies } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";

/** What is the matter with a card of the demonstration's city. */
export type CityCardKind = "good" | "expired" | "revoked" | "foreign";

const dayMs = 86_400_000;
const partition = nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["OU", "CRL"], ["CN", "Demo City"]);

/** An authority that exists for one demonstration, and the cards that it has given out. */
export class CityCards {
  /** Anchors and CRLs, as a box and a gateway read them. */
  readonly trustDir: string;
  readonly #now: WallMs;
  readonly #authority: Issued;
  readonly #stranger: Issued;
  readonly #revoked: { serial: number; at: WallMs }[] = [];

  constructor(folder: string, now: WallMs) {
    this.trustDir = join(folder, "trust");
    this.#now = now;
    this.#authority = this.#makeAuthority("JPKI for user authentication");
    this.#stranger = this.#makeAuthority("JPKI for nobody");
    for (const part of ["anchors", "crls"]) {
      mkdirSync(join(this.trustDir, part), { recursive: true });
    }
    writeFileSync(join(this.trustDir, "anchors", "city.cer"), this.#authority.der);
  }

  /** Makes a card. Revoked ones count as revoked once `publish` has written the list. */
  async issue(kind: CityCardKind): Promise<SigningCard> {
    const issuer = kind === "foreign" ? this.#stranger : this.#authority;
    const [from, to] = kind === "expired" ? [-400, -1] : [-1, 1_825];
    const serial = randomBytes(6).readUIntBE(0, 6);
    const key = freshKeyPair("rsa-2048");
    const { der } = issue({
      ...{ issuer, key, serial, name: nameOf(["C", "JP"], ["CN", `Demo ${serial}`]) },
      notBefore: (this.#now + from * dayMs) as WallMs,
      notAfter: (this.#now + to * dayMs) as WallMs,
      extensions: [
        ...[keyUsages(0), policies(trialPolicies.authentication)],
        distributionPoint(partition),
      ],
    });
    if (kind === "revoked") this.#revoked.push({ serial, at: (this.#now - dayMs) as WallMs });
    const pin = trialPins.authentication;
    const card = new VirtualCard({
      authentication: { certificate: der, authority: issuer.der, key, pin },
      attributes: { name: "", address: "", birthDate: "20000229", sex: "2", pin: trialPins.text },
      uid: randomBytes(4),
    });
    return await openJpki(card);
  }

  publish(): void {
    const crl = writeCrl({
      ...{ issuer: this.#authority, partition, revoked: this.#revoked },
      thisUpdate: (this.#now - 3_600_000) as WallMs,
      nextUpdate: (this.#now + 30 * dayMs) as WallMs,
    });
    writeFileSync(join(this.trustDir, "crls", "city.crl"), crl);
  }

  #makeAuthority(unit: string): Issued {
    const name = nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["OU", unit]);
    const key = freshKeyPair("rsa-2048");
    return issue({
      ...{ issuer: { name, key }, name, key, serial: 1 },
      notBefore: (this.#now - 10 * dayMs) as WallMs,
      notAfter: (this.#now + 3_650 * dayMs) as WallMs,
      extensions: [basicConstraints(true), keyUsages(5, 6)],
    });
  }
}
