import { randomBytes } from "node:crypto";
import { type CardIdentity, cardIdentity } from "#contract/card-signature.ts";
import type { CardEvidence } from "#contract/events.ts";
import { commitmentOf, type Opening, openingOf } from "#contract/evidence-commitment.ts";
import type { Pseudonym } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import { type CardNameOf, cardNamesUnder } from "#contract/pseudonym.ts";
import { encodeStepUp, type StepUp } from "#contract/step-up-evidence.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { stepUpAuthority, stepUpCard } from "./card-step-up.ts";

/** What a box puts into its event of a card, and what goes beside it. */
export interface ProvedByCard {
  readonly evidence: CardEvidence;
  readonly openings: readonly [Opening];
}

/** A step-up as evidence of a card that is called so, right or wrong. */
export function provedBy(
  stepUp: StepUp,
  card = "CCCCCCCCCCCCCCCCCCCCCA" as Pseudonym,
): ProvedByCard {
  const opening = openingOf(encodeStepUp(stepUp), randomBytes(16));
  const { factor } = stepUp;
  const evidence: CardEvidence = {
    ...{ kind: "card", virtual: false, revocationAgeMs: 0, factor, card },
    commitment: commitmentOf(opening),
  };
  return { evidence, openings: [opening] };
}

/** The card that `issuer` made, as a registry knows it. */
export function identityOf(card: Issued = stepUpCard, issuer = stepUpAuthority): CardIdentity {
  return cardIdentity(parseCertificate(card.der), parseCertificate(issuer.der));
}

/** What the boxes of a gateway's deployment call a card. */
export function cardNamesIn(dataDir: string): CardNameOf {
  return cardNamesUnder(secretBytesFile(personFiles(dataDir).pseudonyms));
}
