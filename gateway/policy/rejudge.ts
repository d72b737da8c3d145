import type { EventBody } from "#contract/events.ts";
import type { PlainPolicy } from "#firmware-config/policy.ts";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";

type Decided = Extract<EventBody, { type: "decision.made" }>;
export type Rejudged = Decided["outcome"];
type FaceWorth = "proved" | "unsure" | "unknown";

/**
 * What a policy would say to the evidence that an event carries. It opens no door: the box alone admits,
 * from more than an event says. `recorded` is the policy under which the event was made.
 */
export function rejudge(policy: PlainPolicy, event: Decided, recorded: PlainPolicy): Rejudged {
  const card = cardWorth(policy, event);
  switch (policy.method) {
    case "face": {
      if (card !== "none") return card === "proved" ? "admit" : "refuse";
      return byFace(policy, event, recorded);
    }
    case "ticket":
      // Whether there was a ticket is what the record says; the face is judged anew.
      if (event.reason === "ticket-none" || event.reason === "ticket-used") return "refuse";
      if (card !== "none") return card === "proved" ? "admit" : "refuse";
      return byFace(policy, event, recorded);
    case "card":
      return card === "none" ? "ask-card" : card === "proved" ? "admit" : "refuse";
    case "phone": {
      const standsIn = card === "proved" && alternativeFor(policy, "phone").offer === "card";
      return standsIn || isPhoneProved(event) ? "admit" : "refuse";
    }
    default: {
      if (faceWorth(policy, event, recorded) !== "proved") return "refuse";
      if (policy.method === "face+phone") return isPhoneProved(event) ? "admit" : "refuse";
      return card === "none" ? "ask-card" : card === "proved" ? "admit" : "refuse";
    }
  }
}

function byFace(
  policy: Extract<PlainPolicy, { readonly whenUnsure: unknown }>,
  event: Decided,
  recorded: PlainPolicy,
): Rejudged {
  const worth = faceWorth(policy, event, recorded);
  if (worth === "proved") return "admit";
  return worth === "unsure" ? policy.whenUnsure : policy.whenUnknown;
}

type FacePolicy = Extract<PlainPolicy, { readonly liveness: unknown }>;

function faceWorth(policy: FacePolicy, event: Decided, recorded: PlainPolicy): FaceWorth {
  const face = event.evidence.find(({ kind }) => kind === "face");
  if (face?.kind !== "face" || event.reason === "face-quality-low") return "unsure";
  const isLive =
    face.liveness === "passed" || (face.liveness !== "failed" && policy.liveness !== "required");
  if (!isLive) return "unsure";
  const rate = face.falseMatchRate;
  if (rate === null || !(rate <= policy.likelyRateMax)) return "unknown";
  if (!(rate <= policy.falsePositiveIdentificationRateMax)) return "unsure";
  return isLeadLost(policy, event, rate, recorded) ? "unsure" : "proved";
}

/** A face that was good enough by its rate and in doubt all the same led the second person by too little. */
function isLeadLost(policy: FacePolicy, event: Decided, rate: number, recorded: PlainPolicy) {
  if (event.reason !== "face-ambiguous" || !("liveness" in recorded)) return false;
  const wasInRate = rate <= recorded.falsePositiveIdentificationRateMax;
  return wasInRate && policy.marginMin >= recorded.marginMin;
}

function cardWorth({ card }: PlainPolicy, event: Decided): "proved" | "refused" | "none" {
  const isRefused = event.cardRefusal !== undefined || event.reason === "card-refused";
  if (isRefused || event.reason === "card-unknown") return "refused";
  const shown = event.evidence.find(({ kind }) => kind === "card");
  if (shown?.kind !== "card") return "none";
  const byPin = shown.factor === "pin";
  return byPin || card.factor === "possession" ? "proved" : "refused";
}

const isPhoneProved = ({ factors = [] }: Decided) => factors.includes("phone");
