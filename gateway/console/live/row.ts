import type { Event } from "#contract/events.ts";

/** An entry of the ledger as a line on a screen: what is said of it, without the evidence. */
export interface LiveRow {
  readonly index: number;
  readonly device: string;
  readonly sequence: number;
  readonly at: number;
  readonly receivedAt: number;
  readonly type: string;
  readonly service?: string;
  readonly outcome?: string;
  readonly reason?: string;
  /** The code of a step-up that did not hold. */
  readonly refusal?: string;
  /** The beginning of the pseudonym: enough to tell two people apart on a screen. */
  readonly person?: string;
  /** What was really used: `face`, `card-pin`, `card-possession`, and `trial` for a card that is a program. */
  readonly used?: readonly string[];
  /** Of other events: the state that a camera is in, the version of a box, a shelter. */
  readonly detail?: string;
}

export interface Placed {
  readonly index: number;
  readonly event: Event;
  readonly refusal: string | null;
  readonly receivedAt: number;
}

/** The line of an entry. Made by the gateway for the stream, and by a page for what it reads later. */
export function rowOf({ index, event, refusal, receivedAt }: Placed): LiveRow {
  const { device, sequence, at, body } = event;
  const row = { index, device, sequence, at, receivedAt, type: body.type };
  const refused = refusal === null ? {} : { refusal };
  if (body.type !== "decision.made") return { ...row, ...refused, ...detailOf(body) };
  const { service, outcome, reason, person } = body;
  const used = usedIn(body.evidence);
  return {
    ...row,
    ...{ service, outcome, reason: body.cardRefusal ?? reason },
    ...refused,
    ...(person ? { person: person.slice(0, 6) } : {}),
    ...(used.length > 0 ? { used } : {}),
  };
}

type Decision = Extract<Event["body"], { type: "decision.made" }>;

function usedIn(evidence: Decision["evidence"]): readonly string[] {
  const used: string[] = [];
  for (const one of evidence) {
    if (one.kind !== "card") used.push(one.kind);
    else used.push(one.factor === "pin" ? "card-pin" : "card-possession");
    if (one.kind === "card" && one.virtual) used.push("trial");
  }
  return used;
}

/** The one word that says most about an event that is no decision. */
function detailOf(body: Event["body"]): { detail?: string } {
  for (const key of ["state", "version", "shelter", "what", "performance", "vehicle", "clinic"]) {
    const value = (body as Readonly<Record<string, unknown>>)[key];
    if (typeof value === "string") return { detail: value };
  }
  return {};
}
