import type { ErrorCode } from "#contract/errors.ts";
import { type Refusal, refusal } from "../desk/answer.ts";
import type { ConsentFlaw } from "../views/medical-consent.ts";
import type { EmergencyFlaw } from "../views/medical-emergency.ts";

const sentences = {
  DECISION_MISSING:
    "the box's decision is not in the ledger (yet); wait until the box has reported",
  DECISION_WITHOUT_CARD: "the decision brings no signature of a card; ask for the card again",
  DECISION_OTHER_PERSON: "the card that signed is another person's",
  DECISION_OTHER_PLACE: "the box of that decision stands elsewhere",
  DECISION_SPENT: "the signature of that decision was used already; ask for the card again",
  CREW_SAME_PERSON: "two different people of the crew must put down their cards",
  CREW_SAME_CARD: "two different cards of the crew are needed",
  CREW_NOT_ADMITTED: "one of the two is not admitted as crew at this time",
} satisfies Partial<Record<ErrorCode, string>> & Record<ConsentFlaw | EmergencyFlaw, string>;

/** What a clerk reads of a flaw that a view would show. */
export const refusedFor = (flaw: ConsentFlaw | EmergencyFlaw): Refusal =>
  refusal(flaw, sentences[flaw]);
