import {
  type ConsentKey,
  type ConsentStatement,
  type SignedConsent,
  verifyConsent,
} from "#contract/consent.ts";
import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { Digest, WallMs } from "#contract/ids.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { GalleriesFile } from "../gallery/galleries-file.ts";
import { type ConsentBook, type ConsentStanding, keyText } from "../views/consent-book.ts";
import type { CardTerms } from "./card-terms.ts";
import type { NamedSignatures, SigningKey } from "./named-signatures.ts";
import type { Said, Signer, Speakers, Speaking } from "./speakers.ts";

export interface ConsentDeskPorts {
  readonly file: Pick<GalleriesFile, "keepStatement" | "hasStatement">;
  readonly speakers: Pick<Speakers, "judge" | "keep">;
  /** What is said by the card's other key, whose certificate names its owner. */
  readonly named: Pick<NamedSignatures, "judge" | "keep">;
  /** What a card is held to at this moment. */
  cardTerms(now: WallMs): CardTerms;
  readonly clock: { wall(): WallMs };
  /** What the ledger says of consents now. */
  book(): ConsentBook;
  /** Resolves when the event is on disk and in every view. */
  record(body: EventBody): Promise<unknown>;
}

/**
 * Where consents are taken in and ended. What a card signed is verified here from its bytes alone, whoever
 * handed it in, and only then on record; a statement that was seen before changes nothing.
 */
export class ConsentDesk {
  readonly #ports: ConsentDeskPorts;
  readonly #holds = new Holds();

  constructor(ports: ConsentDeskPorts) {
    this.#ports = ports;
  }

  /** Takes in a signed statement. Returns why it does not count, or null. */
  async handIn(signed: SignedConsent): Promise<{ statement: Digest; refusal: string | null }> {
    const statement = digestOf(Buffer.from(signed.statement, "base64url"));
    return await this.#holds.while([statement], async () => {
      if (this.#ports.file.hasStatement(statement)) return { statement, refusal: null };
      return { statement, refusal: await this.#judge(signed, statement) };
    });
  }

  /**
   * Ends a consent for somebody whose identity was established at a counter or a page; `who` took it in.
   * Refuses CONSENT_UNKNOWN where there is none to end.
   */
  async withdraw(
    key: ConsentKey,
    how: "counter" | "web" | "registry",
    who?: string,
  ): Promise<Answer<{ endedAt: WallMs }>> {
    return await this.#holds.while([keyText(key)], async () => {
      const { clock, book, record } = this.#ports;
      const now = clock.wall();
      if (!book().standing(key, now)) {
        return refusal("CONSENT_UNKNOWN", "no consent of this person stands for this service");
      }
      const { service, person } = key;
      const said = { service, person, signedAt: now, how, ...(who === undefined ? {} : { who }) };
      await record({ type: "consent.withdrawn", ...said });
      return { ok: true, endedAt: now };
    });
  }

  /**
   * Ends all that a person agreed to in a service, also what has not begun, because the registry forgets
   * somebody. A box's clock may have run ahead when a card signed: the end is never before it.
   */
  async end(key: ConsentKey, who: string): Promise<void> {
    await this.#holds.while([keyText(key)], async () => {
      const { clock, book, record } = this.#ports;
      const now = clock.wall();
      const signed = book()
        .unended(key, now)
        .map(({ signedAt }) => signedAt);
      if (signed.length === 0) return;
      const signedAt = Math.max(now, ...signed) as WallMs;
      await record({ type: "consent.withdrawn", ...key, signedAt, how: "registry", who });
    });
  }

  /** How a person stands to a service. Refuses CONSENT_UNKNOWN for somebody who never agreed. */
  show(key: ConsentKey): Answer<{ consent: ConsentStanding }> {
    const consent = this.#ports.book().of(key, this.#ports.clock.wall());
    if (consent) return { ok: true, consent };
    return refusal("CONSENT_UNKNOWN", "nothing is on record of this person in this service");
  }

  async #judge(signed: SignedConsent, digest: Digest): Promise<string | null> {
    const { cardTerms, clock, speakers, named, file, record } = this.#ports;
    const now = clock.wall();
    let speaking: Speaking | undefined;
    const verdict = verifyConsent(signed, {
      ...{ now, ...cardTerms(now) },
      holder: (card, statement) => {
        speaking = speakers.judge(card, saidIn(statement));
        return speaking.ok ? undefined : speaking.code;
      },
    });
    if (!verdict.ok) {
      await this.#refuse(signed, digest, verdict.code);
      return verdict.code;
    }
    const { statement, card, expiresAt } = verdict;
    const { signer, endsAt } = speaking as Extract<Speaking, { ok: true }>;
    const name = await named.judge(signed, statement, { card, now });
    if (!name.ok) {
      await this.#refuse(signed, digest, name.code);
      return name.code;
    }
    await record(bodyOf(statement, { ...signer, key: name.key }, digest));
    named.keep(name, card);
    speakers.keep(card, saidIn(statement), { endsAt, expiresAt });
    // Last: a power cut before this line has it recorded twice, which changes nothing.
    file.keepStatement(digest, signed);
    return null;
  }

  /** A consent that does not count is on record where it says whose it would have been. */
  async #refuse({ statement }: SignedConsent, digest: Digest, code: string): Promise<void> {
    const key = keyIn(Buffer.from(statement, "base64url"));
    if (key) await this.#ports.record({ type: "consent.refused", ...key, statement: digest, code });
  }
}

function saidIn(statement: ConsentStatement): Said {
  const { service, person, by, at } = statement;
  const until = statement.act === "give" ? { until: statement.terms.until } : {};
  return { service, person, by, at, ...until };
}

function bodyOf(
  statement: ConsentStatement,
  { key, ...signer }: Signer & { readonly key: SigningKey },
  digest: Digest,
): EventBody {
  const { service, person, at: signedAt, by } = statement;
  const about = { service, person, signedAt, by, ...signer, statement: digest };
  if (statement.act === "withdraw") return { type: "consent.withdrawn", ...about, how: "card" };
  const { from, until } = statement.terms;
  return { type: "consent.given", ...about, from, until, key };
}

/** Whom a statement names, without believing it. */
function keyIn(bytes: Uint8Array): ConsentKey | undefined {
  try {
    const { service, person, act } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return act === "give" ? { service, person } : undefined;
  } catch {
    return undefined;
  }
}
