import { TeburaError } from "#contract/errors.ts";
import type { Factor, Reason } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type {
  FaceAndPolicy,
  FacePolicy,
  PlainPolicy,
  TicketPolicy,
} from "#firmware-config/policy.ts";
import { type Alternative, alternativeFor } from "#firmware-config/policy-alternative.ts";
import type { Method, Missing } from "#firmware-config/policy-method.ts";
import type { Decision } from "./decision.ts";
import type {
  BookingFinding,
  CardFinding,
  EvidenceAtHand,
  PhoneFinding,
  TicketFinding,
} from "./findings.ts";
import { type FaceJudgement, judgeFace } from "./judge-face.ts";

/** One transaction: what was asked, what was really used, and what came of it. */
export interface Settled {
  /** What the policy asked for. A stand-in never changes it; `factors` shows what stood in. */
  readonly method: Method;
  readonly decision: Decision;
  /** Every factor that the admission rests on; empty where nobody is admitted. */
  readonly factors: readonly Factor[];
  /** For somebody who cannot give what was asked; set where the decision does not admit. */
  readonly alternative?: Alternative;
}

/** A factor that is proved, or why it is not and what the person may be without. */
type Proof =
  | { readonly kind: "proved"; readonly person: PersonId; readonly factor: Factor }
  | { readonly kind: "unproved"; readonly reason: Reason; readonly missing: Missing };

/** Settles a transaction. Pure and total; nothing of it survives into the next one. */
export function settle(policy: PlainPolicy, evidence: EvidenceAtHand): Settled {
  if (evidence.serviceOver) return denies(policy, refused("service-over"), "card");
  // Without a list nobody could be let in, whatever they show: no card is asked for in vain.
  const hasNoList = policy.bookedOnly && evidence.booking?.kind === "no-list";
  if (hasNoList) return denies(policy, refused("list-over"), "card");
  const settled = byMethod(policy, evidence);
  const { person } = settled.decision;
  const fault = policy.bookedOnly && person && bookingFault(evidence.booking, person);
  if (fault) return denies(policy, refused(fault), "card");
  const { booking } = evidence;
  if (!policy.bookedOnly || !person || booking?.kind !== "booked" || !booking.actsFor) {
    return settled;
  }
  const { actsFor } = booking;
  return { ...settled, decision: { outcome: "admit", reason: "proxy-admitted", person, actsFor } };
}

function byMethod(policy: PlainPolicy, evidence: EvidenceAtHand): Settled {
  switch (policy.method) {
    case "face":
      return evidence.card
        ? alone(policy, cardProof(policy, evidence.card), "card-proved")
        : byFace(policy, judgeFace(policy, evidence.face));
    case "card":
      if (!evidence.card) return asksCard(policy, {});
      return alone(policy, cardProof(policy, evidence.card), "card-proved");
    case "phone":
      return byPhone(policy, evidence);
    case "face+card":
    case "face+phone":
      return byFaceAnd(policy, evidence);
    case "ticket":
      return byTicket(policy, evidence);
    default:
      throw new TeburaError("UNREACHABLE", `a method ${policy satisfies never}`);
  }
}

function byFace(policy: FacePolicy | TicketPolicy, face: FaceJudgement): Settled {
  if (face.kind === "proved") return admits(policy, "face-matched", face.person, ["face"]);
  const outcome = face.kind === "unsure" ? policy.whenUnsure : policy.whenUnknown;
  const likely = face.kind === "unsure" && face.likely ? { likely: face.likely } : {};
  return denies(policy, { outcome, reason: face.reason, ...likely }, "template");
}

/** A card stands in for a phone only where the row's alternative says so, and is named as a card. */
function byPhone(policy: PlainPolicy, { card, phone }: EvidenceAtHand): Settled {
  if (card && alternativeFor(policy, "phone").offer === "card") {
    return alone(policy, cardProof(policy, card), "card-proved");
  }
  return alone(policy, phoneProof(phone), "phone-proved");
}

function byFaceAnd(policy: FaceAndPolicy, { face, card, phone }: EvidenceAtHand): Settled {
  const wantsCard = policy.method === "face+card";
  if (wantsCard && card && !face) return denies(policy, refused("face-needed"), "template");
  const judged = judgeFace(policy, face);
  if (judged.kind !== "proved") return denies(policy, refused(judged.reason), "template");
  if (wantsCard && !card) {
    return asksCard(policy, { likely: judged.person, ...(face ? { held: face } : {}) });
  }
  const second = wantsCard && card ? cardProof(policy, card) : phoneProof(phone);
  if (second.kind === "unproved") return denies(policy, refused(second.reason), second.missing);
  if (second.person !== judged.person) {
    return denies(policy, refused("factors-disagree"), "template");
  }
  const reason = wantsCard ? "face-and-card-proved" : "face-and-phone-proved";
  return admits(policy, reason, judged.person, ["face", second.factor]);
}

function byTicket(policy: TicketPolicy, { face, card, ticket }: EvidenceAtHand): Settled {
  const arrived = card
    ? alone(policy, cardProof(policy, card), "card-proved")
    : byFace(policy, judgeFace(policy, face));
  const { person } = arrived.decision;
  if (!person) return arrived;
  const fault = ticketFault(ticket, person);
  // No card of theirs mends a list: a person at the desk looks at it with them.
  if (fault) return denies(policy, refused(fault), "card");
  return admits(policy, "ticket-matched", person, [...arrived.factors, "ticket"]);
}

function ticketFault(ticket: TicketFinding | undefined, person: PersonId): Reason | undefined {
  if (!ticket || ticket.kind === "none") return "ticket-none";
  if (ticket.kind === "no-list") return "list-over";
  if (ticket.kind === "used") return "ticket-used";
  return ticket.person === person ? undefined : "factors-disagree";
}

function bookingFault(booking: BookingFinding | undefined, person: PersonId): Reason | undefined {
  if (!booking || booking.kind === "no-list") return "list-over";
  if (booking.kind === "not-now") return "proxy-not-now";
  return booking.kind === "booked" && booking.person === person ? undefined : "booking-none";
}

function cardProof({ card: rules }: PlainPolicy, card: CardFinding): Proof {
  const unproved = (reason: Reason): Proof => ({ kind: "unproved", reason, missing: "card" });
  if (card.kind === "unknown") return unproved("card-unknown");
  if (card.kind === "not-given") return unproved("card-not-given");
  if (card.kind === "unprovable") return unproved("card-unprovable");
  if (card.kind === "refused") return unproved("card-refused");
  // A PIN is more than possession, never the other way round.
  const isEnough = card.factor === "pin" || rules.factor === "possession";
  if (!isEnough) return unproved("card-refused");
  const factor = card.factor === "pin" ? "card-pin" : "card-possession";
  return { kind: "proved", person: card.person, factor };
}

function phoneProof(phone: PhoneFinding | undefined): Proof {
  if (phone?.kind === "proved") return { kind: "proved", person: phone.person, factor: "phone" };
  const reasons = { refused: "phone-refused", "not-given": "phone-not-given" } as const;
  const reason = phone ? reasons[phone.kind] : "phone-not-available";
  return { kind: "unproved", reason, missing: "phone" };
}

function alone(policy: PlainPolicy, proof: Proof, reason: Reason): Settled {
  return proof.kind === "proved"
    ? admits(policy, reason, proof.person, [proof.factor])
    : denies(policy, refused(proof.reason), proof.missing);
}

function asksCard(policy: PlainPolicy, also: Pick<Decision, "likely" | "held">): Settled {
  return denies(policy, { outcome: "ask-card", reason: "policy-needs-card", ...also }, "card");
}

function admits(
  { method }: PlainPolicy,
  reason: Reason,
  person: PersonId,
  factors: readonly Factor[],
): Settled {
  return { method, decision: { outcome: "admit", reason, person }, factors };
}

function refused(reason: Reason): Decision {
  return { outcome: "refuse", reason };
}

function denies(policy: PlainPolicy, decision: Decision, missing: Missing): Settled {
  return {
    method: policy.method,
    decision,
    factors: [],
    alternative: alternativeFor(policy, missing),
  };
}
