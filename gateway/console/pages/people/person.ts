import type { DeletionStatus } from "../../../consent/deletions.ts";
import type { ConsentStanding } from "../../../views/consent-book.ts";

/** What is asked for of somebody, and nothing else of them is opened. */
export const fields = [
  ...([
    "reference",
    "name",
    "kana",
    "birthDate",
    "postalCode",
    "address",
    "phone",
    "email",
  ] as const),
  "protected",
] as const;

export type Found = Readonly<
  Partial<Record<Exclude<(typeof fields)[number], "reference" | "protected">, string>>
> & {
  readonly id: string;
  readonly reference: string;
  readonly protected?: boolean;
};

/** Why an office may look: each is a code of the gateway's, and stands in the ledger. */
export const reasons = [
  ...(["counter", "registration", "correction", "subsidy", "guardian-notice"] as const),
  ...(["medical-reception", "emergency", "evacuee-list", "own-data"] as const),
] as const;

/** Whom somebody looks at, and why. */
export interface Looked {
  readonly reference: string;
  readonly why: (typeof reasons)[number];
}

/** How somebody stands to a service, and which boxes hold them. */
export type Consent = ConsentStanding & { readonly deletion: DeletionStatus };
