import type { Factor as Proved } from "#contract/bodies/payment.ts";
import type { Factor } from "#contract/events.ts";
import type { PlainPolicy } from "#firmware-config/policy.ts";
import type { PhoneFinding } from "../policy/findings.ts";
import { type Settled, settle } from "../policy/settle.ts";

/** What a proved factor is, as an authorisation names it. */
export function provedBy(factor: Factor): readonly Proved[] {
  if (factor === "ticket") return [];
  return factor === "card-pin" || factor === "card-possession" ? ["card"] : [factor];
}

/**
 * What stands once a phone was asked and no face was seen. A phone that nobody can ask makes a method of
 * two impossible as well, whoever stands there: that is said at once, and not after a face.
 */
export function withoutFace(row: PlainPolicy, phone: PhoneFinding | undefined): Settled {
  const found = phone ? { phone } : {};
  const alone = settle({ method: "phone", card: row.card }, { face: undefined, ...found });
  const settled = row.method === "phone" ? settle(row, { face: undefined, ...found }) : alone;
  // What is offered instead follows the row that was asked for, never a weaker one.
  const { alternative } = settle(row, { face: undefined, ...found });
  return { ...settled, method: row.method, ...(alternative ? { alternative } : {}) };
}
