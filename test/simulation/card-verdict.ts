import type { Opening } from "#contract/evidence-commitment.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { stepUpIn, stepUpSchema } from "#contract/step-up-evidence.ts";
import { parseStatement } from "#contract/step-up-statement.ts";
import type { LedgerEntry } from "#gateway/ledger/ledger.ts";
import type { Box, MadeEvent } from "./box.ts";
import { hierarchy } from "./cards.ts";
import type { Parts } from "./parts.ts";

/** A step-up on record: who did what with whose card, and what the gateway said to it. */
interface Used {
  readonly name: string;
  readonly deed: MadeEvent["deed"];
  readonly box: Box;
  readonly refusal: string | null;
  readonly nonce: string;
  readonly person: string;
  /** Serial number of the card that signed; undefined where none did. */
  readonly card: string | undefined;
}

/**
 * What the seed says of cards, against what the gateway believed: every honest use counts, once; no
 * replay and no revoked card does; and for whom one card has spoken no other card speaks.
 */
export function cardsAgainst(entries: readonly LedgerEntry[], parts: Parts): readonly string[] {
  const all = usesIn(entries, parts);
  const accepted = all.filter(({ refusal }) => refusal === null);
  const wereStolen = accepted.some(({ deed }) => deed === "for another");
  const problems: string[] = [];
  for (const used of all) {
    const { name, deed, refusal, card } = used;
    const mustFail = deed !== "honest" && deed !== "for another";
    if (mustFail && refusal === null) problems.push(`${name}: ${deed ?? "no card"} was believed`);
    const isKnown = refusal === null || isAllowed(refusal, used, parts, wereStolen);
    if (deed === "honest" && !isKnown) problems.push(`${name} was honest, and refused: ${refusal}`);
    if (refusal === null && revokedCards().has(card)) problems.push(`${name}: a revoked card`);
  }
  return [
    ...problems.slice(0, 3),
    ...(areUnique(accepted.map(({ nonce }) => nonce)) ? [] : ["a nonce counted twice"]),
    ...(haveOneCardEach(accepted) ? [] : ["two cards spoke for one person"]),
  ];
}

/** Why somebody honest may be refused in a world like this. */
function isAllowed(refusal: string, { box }: Used, { room }: Parts, wereStolen: boolean): boolean {
  if (refusal === "NONCE_NEVER_ISSUED") return room.lossCount > 0; // Leased after the copy was made.
  if (refusal === "NONCE_EXPIRED") return box.hasJumped;
  const isTaken = refusal === "CARD_OTHER_PERSON" || refusal === "CARD_UNKNOWN";
  return isTaken && wereStolen; // Who came first with a stolen card is who it is for.
}

function usesIn(entries: readonly LedgerEntry[], { boxes }: Parts): readonly Used[] {
  const refusals = new Map(entries.map((one) => [`${one.device} ${one.sequence}`, one.refusal]));
  return boxes.flatMap((box) =>
    box.made.flatMap(({ sequence, event, openings: [opening], deed }): Used[] => {
      const { body } = event;
      if (body.type !== "decision.made" || body.outcome !== "admit") return [];
      if (!opening && body.reason !== "card-proved") return [];
      const name = `${box.id} ${sequence}`;
      const { nonce = name, card } = opening ? shownBy(opening) : {};
      const refusal = refusals.get(name) ?? null;
      return [{ name, deed, box, refusal, nonce, person: body.person ?? "", card }];
    }),
  );
}

/** What a card signed, and which card it was. */
function shownBy({ bytes }: Opening): { readonly nonce?: string; readonly card: string } {
  const stepUp = stepUpSchema.parse(stepUpIn(Buffer.from(bytes, "base64url")));
  const reading = parseStatement(Buffer.from(stepUp.statement, "base64url"));
  const card = serialOf(stepUp.certificate);
  return reading.ok ? { nonce: reading.statement.nonce, card } : { card };
}

const serialOf = (certificate: string) =>
  String(parseCertificate(Buffer.from(certificate, "base64url")).serial);

function revokedCards(): ReadonlySet<string | undefined> {
  const revoked = hierarchy().holders.filter(({ isRevoked }) => isRevoked);
  return new Set(revoked.map(({ card }) => String(parseCertificate(card.der).serial)));
}

const areUnique = (values: readonly string[]) => new Set(values).size === values.length;

/** One card may come under a second name, as of somebody enrolled on two boxes; a name has one card. */
function haveOneCardEach(accepted: readonly Used[]): boolean {
  const pairs = new Set(accepted.map(({ card, person }) => `${card} ${person}`));
  return pairs.size === new Set(accepted.map(({ person }) => person)).size;
}
