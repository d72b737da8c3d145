import type { PhoneEvidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { PersonId, Pseudonym } from "#contract/ids.ts";

/** What the gallery said about a face. Rates, not scores: the model is out of sight from here on. */
export interface FaceFinding {
  readonly usable: boolean;
  readonly liveness: "passed" | "failed" | "not-checked";
  /** The most similar person, or undefined when the gallery is empty. */
  readonly best: FaceCandidate | undefined;
}

export interface FaceCandidate {
  readonly person: PersonId;
  /** How often a search over this gallery names a stranger at such a score (FPIR). */
  readonly falsePositiveIdentificationRate: number;
  /** Cosine by which it leads the second person; Infinity when there is no second. */
  readonly margin: number;
  /** Whether the best and the second are known to resemble each other. */
  readonly hasLookAlike: boolean;
}

/** What came of asking for a card. */
export type CardFinding =
  /** Signature, certificate, revocation and statement hold; the gateway will judge them again. */
  | { readonly kind: "proved"; readonly person: PersonId; readonly factor: "pin" | "possession" }
  /** The card proved itself, and nobody here knows whose it is. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly code: string }
  /** Nobody put one down, or took it away again, or gave no PIN. */
  | { readonly kind: "not-given" }
  /** The box could not have proved it to the gateway: it has no nonce left. */
  | { readonly kind: "unprovable" };

/** What a phone's signature is in an event, and what goes beside it. */
export interface ProvedByPhone {
  readonly evidence: PhoneEvidence;
  readonly opening: Opening;
}

/** What came of asking for a signature by somebody's phone. */
export type PhoneFinding =
  | { readonly kind: "proved"; readonly person: PersonId; readonly proof: ProvedByPhone }
  | { readonly kind: "refused" }
  | { readonly kind: "not-given" };

/** What the box-office list says about the person who was recognised. */
export type TicketFinding =
  /** Bought with the card of this person and not used yet. */
  | { readonly kind: "valid"; readonly person: PersonId }
  | { readonly kind: "used" }
  | { readonly kind: "none" }
  /** The box has no list that still counts. */
  | { readonly kind: "no-list" };

/** What the list of bookings says about the person who was recognised. */
export type BookingFinding =
  /** Booked it, or is a proxy of whoever did, and it is the time. */
  | {
      readonly kind: "booked";
      readonly person: PersonId;
      /** Who booked, where it is a proxy that comes. */
      readonly actsFor?: Pseudonym;
    }
  /** A proxy of somebody who has booked, at a time for which nobody has let them. */
  | { readonly kind: "not-now" }
  | { readonly kind: "none" }
  | { readonly kind: "no-list" };

/** Everything that a decision is made from. */
export interface EvidenceAtHand {
  /** Undefined where a card was put down and no face was seen. */
  readonly face: FaceFinding | undefined;
  /** Undefined until a card was asked for. */
  readonly card?: CardFinding | undefined;
  /** Undefined where nothing here can verify a phone's signature. */
  readonly phone?: PhoneFinding | undefined;
  readonly ticket?: TicketFinding | undefined;
  /** Undefined where nobody looked: where only bookings count, that is none. */
  readonly booking?: BookingFinding | undefined;
  /** The service has come to its end: nobody is admitted for it any more. */
  readonly serviceOver?: boolean | undefined;
}
