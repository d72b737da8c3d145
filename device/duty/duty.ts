import type { Factor } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { PolicyRequest } from "#firmware-config/policy-tier.ts";
import type { Decision } from "../policy/decision.ts";
import type { EvidenceAtHand } from "../policy/findings.ts";

/** What a service's own lists say beside face, card and phone. */
export type ListFindings = Pick<EvidenceAtHand, "ticket" | "booking" | "serviceOver" | "phone">;

/** A decision that is on disk. */
export interface MadeDecision {
  readonly decision: Decision;
  readonly factors: readonly Factor[];
  readonly sequence: number;
}

/** One transaction from its beginning to its decision: a passenger at the door, a payment at the till. */
export interface Turn {
  /** What the policy turns on. */
  readonly request?: PolicyRequest;
  /** Where set, nobody else is searched for. */
  readonly only?: ReadonlySet<PersonId> | undefined;
  /** False where no face is asked for: whoever walks past the camera is nobody's business. */
  readonly wantsFaces?: boolean;
  /** What the lists say of whoever was recognised; undefined where nobody was. */
  findings(person: PersonId | undefined): ListFindings;
  /** Resolves when what follows from the decision is on disk, too. Never throws. */
  decided(made: MadeDecision): Promise<void>;
}

/** What a service does on its box beside the path of a face: it knows when, among whom, and what follows. */
export interface Duty {
  /** Undefined while nobody is to be decided on, such as at a till where nothing is to be paid. */
  begin(): Turn | undefined;
}
