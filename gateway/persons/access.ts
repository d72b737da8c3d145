import * as z from "zod";
import type { PersonId, WallMs } from "#contract/ids.ts";
import type { PersonField } from "./records.ts";

/** Why somebody looks at a person. A code and never free text: that would hold names itself. */
export const accessReasonSchema = z.enum([
  "registration",
  "correction",
  "attendance",
  "guardian-notice",
  "boarding",
  "subsidy",
  "evacuee-list",
  "family-inquiry",
  "medical-reception",
  "emergency",
  "ticketing",
  "counter",
  "export",
  "own-data",
  "audit",
]);
export type AccessReason = z.infer<typeof accessReasonSchema>;

/** Who asks, and why: `api-key:…` or `operator:…`, never a person's name. */
export interface Access {
  readonly who: string;
  readonly why: AccessReason;
  /**
   * People under protection are shown too: to whoever has the right and said why, and to a part of the
   * gateway that must know of the protection to keep it. Left out, it is as if they were not registered.
   */
  readonly seesProtected?: boolean;
}

/** What is written down of a look, before anything is shown. */
export interface AccessRecord extends Omit<Access, "seesProtected"> {
  readonly at: WallMs;
  readonly what: "person" | "class" | "household" | "guardians" | "wards" | "entitlements";
  /** How the persons were looked for. */
  readonly by: string;
  /** Whose data is about to be shown; empty for a search that found nobody. */
  readonly persons: readonly PersonId[];
  readonly fields: readonly PersonField[];
}

/** Where looks are written down. What cannot be written down is not shown. */
export type Audit = (record: AccessRecord) => Promise<void>;
