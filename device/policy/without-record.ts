import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Decision } from "./decision.ts";

/**
 * What becomes of a decision that could not be written down. Nobody is admitted without a record,
 * unless the policy's row says that its door goes on; a card is not asked for even then, since what
 * it signs names an event that is on disk.
 */
export function withoutRecord(policy: ServicePolicy, decision: Decision): Decision {
  const goesOn = policy.whenUnrecordable === "go-on" && decision.outcome !== "ask-card";
  return goesOn ? decision : { outcome: "refuse", reason: "not-recordable" };
}
