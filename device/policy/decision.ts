import type { Reason } from "#contract/events.ts";
import type { PersonId, Pseudonym } from "#contract/ids.ts";
import type { FaceFinding } from "./findings.ts";

export interface Decision {
  readonly outcome: "admit" | "refuse" | "ask-card";
  readonly reason: Reason;
  /** Who it is believed to be. Set only where the decision admits. */
  readonly person?: PersonId;
  /** In whose place they are admitted, where they are a proxy. */
  readonly actsFor?: Pseudonym;
  /** Whom a face in doubt resembles; it helps to read a card that speaks for several, and no more. */
  readonly likely?: PersonId;
  /** A proven face that is one factor of two: it belongs to the answer of the card asked for. */
  readonly held?: FaceFinding;
}
