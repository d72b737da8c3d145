import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TeburaError } from "#contract/errors.ts";
import { readOpening, writeOpening } from "#contract/event-message.ts";
import type { Event } from "#contract/events.ts";
import { flawOfOpenings, type Opening } from "#contract/evidence-commitment.ts";
import type { Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { EvidenceRow } from "../ledger/evidence-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { eventIn } from "../ledger/placed.ts";
import type { EvidenceKeys } from "./evidence-keys.ts";

/** Evidence that is about to be kept: of which event, and what the gateway made of it. */
export interface NewEvidence {
  readonly event: Event;
  /** Digest of the sealed event. */
  readonly digest: Digest;
  readonly opening: Opening;
  readonly receivedAt: WallMs;
  /** False where it was refused. */
  readonly isProved: boolean;
  /** The nonce that a card's signature has used; undefined where it was refused, or a phone signed. */
  readonly nonce: string | undefined;
}

/** Somebody in a service, or a card, by the name that the service has for them. */
export interface NamedIn {
  readonly service: Service;
  readonly name: Pseudonym;
}

const dayMs = 86_400_000;
const keysOfTurn = 500;

/**
 * Keeps what events commit to, outside the ledger. Evidence lies under the key of the person whom its event
 * names together with the key of the card in it, both within that service: whoever is forgotten, the person
 * or somebody else whose card it was, it is gone. A phone's lies under the person's alone. What was refused
 * proves nobody's card or phone: it lies under a key of its day instead, and goes with it.
 */
export class EvidenceVault implements Disposable {
  readonly #keys: EvidenceKeys;
  readonly #ledger: Pick<Ledger, "after" | "evidence">;
  /** Whether keys may open nothing any more; at the start nobody knows. */
  #mayBeIdle = true;

  constructor(keys: EvidenceKeys, ledger: Pick<Ledger, "after" | "evidence">) {
    this.#keys = keys;
    this.#ledger = ledger;
  }

  /** Seals what one transaction will hold. The keys are on disk before the evidence can be. */
  seal(all: readonly NewEvidence[]): readonly (EvidenceRow | undefined)[] {
    if (all.length === 0) return [];
    const owners = all.map(ownersOf);
    const keys = this.#keys.of(new Set(owners.flatMap((two) => two ?? [])));
    return all.map(({ digest, opening, nonce }, i) => {
      const [key, other] = (owners[i] ?? []).map((owner) => keys.get(owner));
      if (!key || !other) return undefined;
      const bytes = sealed(under(key.key, other.key), digest, opening);
      return { keys: [key.name, other.name], nonce: nonce ?? null, sealed: bytes };
    });
  }

  /**
   * What the event of an entry commits to, held to its commitment; undefined where it has nothing, or has it
   * no more. Throws DATA_CORRUPT for what is not what was taken in.
   */
  openingOf(index: number): Opening | undefined {
    const { ledger, keys } = { ledger: this.#ledger, keys: this.#keys };
    const row = ledger.evidence.at(index);
    const [key, other] = row ? row.keys.map((name) => keys.named(name)) : [];
    const [entry] = row ? ledger.after(index - 1, 1) : [];
    if (!row || !key || !other || !entry) return undefined;
    const { body } = eventIn(entry.sealed);
    try {
      const opening = opened(under(key, other), entry.event, row.sealed);
      if (!flawOfOpenings(body, [opening])) return opening;
    } catch (cause) {
      throw corrupt(index, cause);
    }
    throw corrupt(index);
  }

  /** Destroys the keys of people and cards; gives the number of entries whose evidence went with them. */
  forget(people: readonly NamedIn[], cards: readonly NamedIn[]): number {
    return this.#destroy([...people.map(ofPerson), ...cards.map(ofCard)]);
  }

  /** Lets go of what was refused before this moment; gives the number of entries. */
  forgetRefusedBefore(before: WallMs): number {
    this.#keys.scour(); // In case somebody was reading when keys were destroyed.
    const days = this.#keys.ownersLike(refusedStart);
    return this.#destroy(days.filter((owner) => owner < ofDay(before)));
  }

  /** Lets go of what was received before this moment; gives the number of entries. */
  forgetBefore(before: WallMs): number {
    return this.#gone(this.#ledger.evidence.forgetBefore(before));
  }

  /**
   * Destroys the keys that open nothing any more: of evidence that aged out, and of somebody else's that went
   * with whoever was forgotten. Gives their number. A page is looked at in one turn, as evidence is taken in
   * with its keys in one: no key goes between the two.
   */
  async pruneKeys(): Promise<number> {
    if (!this.#mayBeIdle) return 0;
    this.#mayBeIdle = false;
    try {
      return await this.#pruneAll();
    } catch (error) {
      this.#mayBeIdle = true; // The next round begins again.
      throw error;
    }
  }

  async #pruneAll(): Promise<number> {
    const { evidence } = this.#ledger;
    let count = 0;
    for (let last = ""; ; await nextTurn()) {
      const page = this.#keys.after(last, keysOfTurn);
      const idle = page.filter(({ name }) => !evidence.isUnder(name));
      count += this.#keys.destroy(idle.map(({ owner }) => owner)).length;
      last = page.at(-1)?.owner ?? last;
      if (page.length < keysOfTurn) return count;
    }
  }

  /** The keys first: once they are gone, so is what they sealed, wherever it lies. */
  #destroy(owners: readonly string[]): number {
    return this.#gone(this.#ledger.evidence.forgetUnder(this.#keys.destroy(owners)));
  }

  #gone(count: number): number {
    this.#mayBeIdle ||= count > 0;
    return count;
  }

  [Symbol.dispose](): void {
    this.#keys[Symbol.dispose]();
  }
}

function corrupt(index: number, cause?: unknown): TeburaError {
  const message = `the evidence of entry ${index} is not what was taken in`;
  return new TeburaError("DATA_CORRUPT", message, { cause });
}

/** Undefined where the event names nobody: then nothing was proved, and nothing is kept. */
function ownersOf({ event: { body }, isProved, receivedAt }: NewEvidence) {
  if (body.type !== "decision.made" || body.person === undefined) return undefined;
  const { service, person, evidence } = body;
  const whose = ofPerson({ service, name: person });
  if (!isProved) return [whose, ofDay(receivedAt)] as const;
  const card = evidence.find((one) => one.kind === "card");
  // A phone signs for the person whom the event names, and for nobody else.
  return [whose, card ? ofCard({ service, name: card.card }) : whose] as const;
}

const refusedStart = "refused ";

const ofPerson = ({ service, name }: NamedIn) => `person ${service} ${name}`;
const ofCard = ({ service, name }: NamedIn) => `card ${service} ${name}`;
/** Whole days, of five digits until the year 2243: they are compared as text. */
const ofDay = (at: WallMs) => `${refusedStart}${String(Math.floor(at / dayMs)).padStart(5, "0")}`;

const nonceBytes = 12;
const tagBytes = 16;

/** One key from two: whoever lacks either has none. */
const under = (key: Uint8Array, other: Uint8Array) =>
  createHmac("sha256", key).update("tebura-evidence-seal-v1\0").update(other).digest();

/** AES-256-GCM, bound to the event that commits to it. */
function sealed(key: Uint8Array, event: Digest, opening: Opening): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(event));
  const text = [cipher.update(writeOpening(opening), "latin1"), cipher.final()];
  return Buffer.concat([nonce, ...text, cipher.getAuthTag()]);
}

function opened(key: Uint8Array, event: Digest, bytes: Uint8Array): Opening {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(event)).setAuthTag(bytes.subarray(-tagBytes));
  const text = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()];
  return readOpening(Buffer.concat(text).toString("latin1"));
}
