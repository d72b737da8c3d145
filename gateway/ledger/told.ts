import { digestOf } from "#contract/digest.ts";
import type { Event, Evidence } from "#contract/events.ts";
import type { Digest } from "#contract/ids.ts";

type Card = Extract<Evidence, { kind: "card" }>;

/** What is told of a card's evidence: how it was used, and a commitment in place of what would tell whose it is. */
type ToldCard = Omit<Card, "stepUp"> & {
  readonly stepUp: Pick<Card["stepUp"], "kind" | "factor" | "algorithm"> & {
    readonly commitment: Digest;
  };
};

/**
 * An event as lists and streams tell it. A card's certificate is the same in every service, so with it two
 * services' records could be joined by anybody who reads both. The digest in its place is over the
 * certificate, the signature and a statement with a nonce of 128 bits: it is another in each event, nobody
 * can try certificates against it, and whoever is shown the evidence can hold it to it.
 */
export function told(event: Event): object {
  const { body } = event;
  if (body.type !== "decision.made" || !body.evidence.some(({ kind }) => kind === "card")) {
    return event;
  }
  const evidence = body.evidence.map((one) => (one.kind === "card" ? toldCard(one) : one));
  return { ...event, body: { ...body, evidence } };
}

/** Whether an event holds what a card proved, with its certificate. */
export function hasCardEvidence({ body }: Event): boolean {
  return body.type === "decision.made" && body.evidence.some(({ kind }) => kind === "card");
}

function toldCard({ stepUp, ...card }: Card): ToldCard {
  const { kind, factor, algorithm, statement, signature, certificate, intermediates } = stepUp;
  const all = [algorithm, statement, signature, certificate, ...intermediates].join(".");
  return { ...card, stepUp: { kind, factor, algorithm, commitment: digestOf(all) } };
}
