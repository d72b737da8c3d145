import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { type CardIdentity, cardIdentity } from "#contract/step-up.ts";
import {
  openTrialAuthority,
  openTrialCard,
  type TrialAuthority,
  trialPins,
  trialPolicies,
} from "#device/card/virtual/trial-authority.ts";
import type { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { systemClock } from "#runtime/clock.ts";

/** Somebody's card, and the authority that everybody here trusts. */
export class TrialCards {
  readonly policy = trialPolicies.authentication;
  readonly pin = trialPins.authentication;
  readonly #authority: TrialAuthority;

  constructor(folder: string) {
    this.#authority = openTrialAuthority(folder, () => systemClock.wall(), "healthy");
  }

  get trustDir(): string {
    return this.#authority.trustDir;
  }

  /** What the card's certificate says that it is. */
  identity(): CardIdentity {
    const { certificate: der } = this.#authority.card.authentication;
    const anchor = readFileSync(join(this.trustDir, "anchors", "authentication.cer"));
    return cardIdentity(parseCertificate(der), parseCertificate(anchor));
  }

  /** The same card, as if it had not been used before. */
  card(): VirtualCard {
    return openTrialCard(this.#authority, "healthy");
  }
}
