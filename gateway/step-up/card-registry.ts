import { randomUUID } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { Digest, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { CardIdentity, HolderCode } from "#contract/step-up.ts";
import { type Database, openDatabase } from "#runtime/database.ts";

/** A card as the registry holds it. A guardian's card stands here once for each child. */
export interface RegisteredCard extends CardIdentity {
  /** The registry's own name for a person; it travels nowhere. */
  readonly person: string;
  readonly role: "own" | "guardian";
  readonly status: "active" | "lost" | "replaced";
  readonly linkedAt: WallMs;
  readonly expiresAt: WallMs;
  /** When a guardian's card speaks for the ward no more, where that was said. */
  readonly endsAt: WallMs | null;
  /** Who said that a guardian is one: a clerk, or the registry of people when their card signed. */
  readonly namedBy: "clerk" | "registry";
}

/** A proof that the card in it acted for the person in it. */
export interface CardUse {
  readonly card: CardIdentity;
  readonly expiresAt: WallMs;
  readonly person: Pseudonym;
  readonly service: Service;
  readonly at: WallMs;
}

/** Somebody, as a service knows them. */
export interface NamedPerson {
  readonly service: Service;
  readonly person: Pseudonym;
}

/** What is known of somebody by their cards. */
export interface KnownCards {
  /** What services called them, as far as they had met. */
  readonly names: readonly NamedPerson[];
  readonly cards: readonly CardIdentity[];
}

export type UnknownCardRule = "link" | "refuse";

const migrations = [
  `CREATE TABLE cards (
     issuer_key TEXT NOT NULL,
     serial TEXT NOT NULL,
     person TEXT NOT NULL,
     role TEXT NOT NULL CHECK (role IN ('own', 'guardian')),
     status TEXT NOT NULL CHECK (status IN ('active', 'lost', 'replaced')),
     linked_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (issuer_key, serial, person)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE pseudonyms (
     service TEXT NOT NULL,
     pseudonym TEXT NOT NULL,
     person TEXT NOT NULL,
     PRIMARY KEY (service, pseudonym)
   ) STRICT, WITHOUT ROWID;`,
  "ALTER TABLE cards ADD COLUMN ends_at INTEGER;",
  "ALTER TABLE cards ADD COLUMN named_by TEXT NOT NULL DEFAULT 'clerk';",
  `CREATE TABLE signing_certificates (
     issuer_key TEXT NOT NULL,
     serial TEXT NOT NULL,
     card_issuer_key TEXT NOT NULL,
     card_serial TEXT NOT NULL,
     PRIMARY KEY (issuer_key, serial)
   ) STRICT, WITHOUT ROWID;`,
];

const columns = `issuer_key AS issuerKey, serial, person, role, status, linked_at AS linkedAt,
  expires_at AS expiresAt, ends_at AS endsAt, named_by AS namedBy`;

/**
 * Which card is whose. A card that proves itself for a person of whom nothing is known yet is linked
 * to them (or refused, by the rule); from then on it speaks for nobody else. A card that was reported
 * lost or was replaced opens nothing, and the one that came in its place keeps the same person.
 */
export class CardRegistry implements Disposable {
  readonly #database: Database;
  readonly #unknownCard: UnknownCardRule;
  readonly #registered: (service: Service, person: Pseudonym) => PersonId | undefined;

  /** `registered` is whom the registry of people has by a name of a service, as far as it knows anybody. */
  constructor(
    path: string,
    unknownCard: UnknownCardRule = "link",
    registered: (service: Service, person: Pseudonym) => PersonId | undefined = () => undefined,
  ) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#unknownCard = unknownCard;
    this.#registered = registered;
  }

  /** Why this card may not speak for this person; undefined when it may. */
  flawOf({ card, person, service, at }: Omit<CardUse, "expiresAt">): HolderCode | undefined {
    const links = this.#linksOf(card);
    if (links.some(({ status }) => status !== "active")) return "CARD_LOST";
    const known = this.#personOf(service, person);
    if (links.length > 0) {
      if (known !== undefined) {
        const speaks = ({ person: of, endsAt }: RegisteredCard) =>
          of === known && (endsAt === null || at < endsAt);
        return links.some(speaks) ? undefined : "CARD_OTHER_PERSON";
      }
      // Somebody new to this service, by a card that is somebody's own: the same person again, unless the
      // registry of people knows both and they are two.
      const isOwn = links.some(({ role }) => role === "own");
      return isOwn && !this.#isAnother(card, { service, person }) ? undefined : "CARD_OTHER_PERSON";
    }
    if (this.#unknownCard === "refuse") return "CARD_UNKNOWN";
    const others = known === undefined ? [] : this.#cardsOf(known);
    const stillHasOne = others.some(
      ({ role, status, expiresAt }) => role === "own" && status === "active" && expiresAt >= at,
    );
    // A second card of one person is a renewal that somebody must say, or a theft.
    return stillHasOne ? "CARD_UNKNOWN" : undefined;
  }

  isLost(card: CardIdentity): boolean {
    return this.#linksOf(card).some(({ status }) => status !== "active");
  }

  /** The link by which a card speaks for somebody, as its owner's or as a guardian's. */
  linkTo(
    card: CardIdentity,
    { service, person }: { service: Service; person: Pseudonym },
  ): Pick<RegisteredCard, "role" | "endsAt"> | undefined {
    const known = this.#personOf(service, person);
    return known === undefined
      ? undefined
      : this.#linksOf(card).find((link) => link.person === known);
  }

  /** Whether a clerk has named a guardian of somebody whose time is not over, by another card than these. */
  hasGuardian(
    { service, person }: { service: Service; person: Pseudonym },
    at: WallMs,
    except: readonly CardIdentity[] = [],
  ): boolean {
    const known = this.#personOf(service, person);
    return (
      known !== undefined &&
      this.#cardsOf(known).some(
        ({ role, status, endsAt, namedBy, ...card }) =>
          role === "guardian" &&
          !except.some((one) => one.issuerKey === card.issuerKey && one.serial === card.serial) &&
          status === "active" &&
          namedBy === "clerk" &&
          (endsAt === null || at < endsAt),
      )
    );
  }

  /** What services call the person whose own card this is, as far as they have met. */
  namesOfOwner(card: CardIdentity): readonly NamedPerson[] {
    const own = this.#linksOf(card).find(({ role }) => role === "own");
    return this.#namesOf(own?.person ?? "");
  }

  /** Keeps what an accepted step-up has shown. Once more changes nothing. */
  keep({ card, expiresAt, person, service, at }: CardUse): void {
    this.#database.transaction(() => {
      const own = this.#linksOf(card).find(({ role }) => role === "own");
      const known = this.#personOf(service, person) ?? own?.person ?? randomUUID();
      this.#database
        .prepare("INSERT OR IGNORE INTO pseudonyms (service, pseudonym, person) VALUES (?, ?, ?)")
        .run(service, person, known);
      if (this.#linksOf(card).length === 0) this.#link(card, known, "own", at, expiresAt);
    })();
  }

  /**
   * Whether a signing certificate may stand beside this card's other one: it was never seen, or came with
   * this card, or with another of the same person's.
   */
  maySignWith(certificate: CardIdentity, card: CardIdentity): boolean {
    const known = this.#database
      .prepare(
        `SELECT card_issuer_key AS issuerKey, card_serial AS serial FROM signing_certificates
         WHERE issuer_key = ? AND serial = ?`,
      )
      .get(certificate.issuerKey, certificate.serial) as CardIdentity | undefined;
    if (!known || (known.issuerKey === card.issuerKey && known.serial === card.serial)) return true;
    const ownerOf = (one: CardIdentity) => this.#linksOf(one).find(({ role }) => role === "own");
    const owner = ownerOf(known)?.person;
    return owner !== undefined && owner === ownerOf(card)?.person;
  }

  /** Keeps with which card a signing certificate came, by their numbers and nothing that is in them. */
  keepSigning(certificate: CardIdentity, card: CardIdentity): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO signing_certificates VALUES (?, ?, ?, ?)")
      .run(certificate.issuerKey, certificate.serial, card.issuerKey, card.serial);
  }

  /** A card that was lost opens nothing from now on. Throws PERSON_NOT_FOUND for an unknown one. */
  reportLost(card: CardIdentity): void {
    this.#setStatus(card, "lost");
  }

  /**
   * A card was issued anew: `next` speaks for everybody for whom `previous` did, and `previous` for
   * nobody. Throws PERSON_NOT_FOUND for an unknown card, NAME_TAKEN when `next` is somebody's already.
   */
  replace(previous: CardIdentity, next: CardIdentity, at: WallMs, expiresAt: WallMs): void {
    this.#database.transaction(() => {
      const links = this.#known(previous);
      if (this.#linksOf(next).length > 0) {
        throw new TeburaError("NAME_TAKEN", "the new card is registered already");
      }
      for (const { person, role } of links) this.#link(next, person, role, at, expiresAt);
      const lost = links.some(({ status }) => status === "lost");
      if (!lost) this.#setStatus(previous, "replaced");
    })();
  }

  /**
   * Lets a guardian's card speak for the holder of `ward`'s pseudonym, beside whoever it is for: until
   * `endsAt`, a birthday or the court's date. Said again, it has the new end.
   */
  addGuardian(
    card: CardIdentity,
    ward: { service: Service; person: Pseudonym },
    at: WallMs,
    endsAt: WallMs | null,
    namedBy: RegisteredCard["namedBy"] = "clerk",
  ): void {
    const [known] = this.#known(card);
    const person = this.#personOf(ward.service, ward.person) ?? randomUUID();
    this.#database.transaction(() => {
      this.#database
        .prepare("INSERT OR IGNORE INTO pseudonyms (service, pseudonym, person) VALUES (?, ?, ?)")
        .run(ward.service, ward.person, person);
      this.#link(card, person, "guardian", at, known?.expiresAt ?? at);
      this.#database
        .prepare(
          `UPDATE cards SET ends_at = ?, named_by = ?
           WHERE issuer_key = ? AND serial = ? AND person = ? AND role = 'guardian'`,
        )
        .run(endsAt, namedBy, card.issuerKey, card.serial, person);
    })();
  }

  /** What else is known of whoever these names are of: every name, and every card of their own. */
  knownOf(names: readonly NamedPerson[]): KnownCards {
    const people = this.#peopleOf(names);
    return {
      names: people.flatMap((person) => this.#namesOf(person)),
      cards: people
        .flatMap((person) => this.#cardsOf(person))
        .filter(({ role }) => role === "own")
        .map(({ issuerKey, serial }) => ({ issuerKey, serial })),
    };
  }

  /**
   * Forgets whoever these names are of, in every service: their names, their cards in whatever role, and what
   * let others' cards speak for them. A card that was lost is forgotten as well: from then on its
   * authority's list is what refuses it. Nothing stays in the journal.
   */
  forget(names: readonly NamedPerson[]): void {
    this.#database.transaction(() => {
      for (const { issuerKey, serial } of this.knownOf(names).cards) {
        for (const rows of [
          "cards WHERE issuer_key = ? AND serial = ?",
          "signing_certificates WHERE card_issuer_key = ? AND card_serial = ?",
        ]) {
          this.#database.prepare(`DELETE FROM ${rows}`).run(issuerKey, serial);
        }
      }
      for (const person of this.#peopleOf(names)) {
        for (const table of ["cards", "pseudonyms"]) {
          this.#database.prepare(`DELETE FROM ${table} WHERE person = ?`).run(person);
        }
      }
    })();
    this.#database.pragma("wal_checkpoint(TRUNCATE)");
  }

  /** Every link, the newest first. */
  list(limit: number): readonly RegisteredCard[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM cards ORDER BY linked_at DESC, issuer_key, serial LIMIT ?`)
      .all(limit) as RegisteredCard[];
  }

  /** Cards by the serial number that a card or an authority shows. Several authorities may share one. */
  find(serial: string): readonly CardIdentity[] {
    return this.#database
      .prepare(
        "SELECT DISTINCT issuer_key AS issuerKey, serial FROM cards WHERE serial = ? ORDER BY 1",
      )
      .all(serial) as { issuerKey: Digest; serial: string }[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Whether the registry of people has this name and the card's owner, and they are two. */
  #isAnother(
    card: CardIdentity,
    { service, person }: Pick<CardUse, "service" | "person">,
  ): boolean {
    const asked = this.#registered(service, person);
    if (asked === undefined) return false;
    const owners = this.namesOfOwner(card)
      .map((name) => this.#registered(name.service, name.person))
      .filter((id) => id !== undefined);
    return owners.length > 0 && !owners.includes(asked);
  }

  #linksOf({ issuerKey, serial }: CardIdentity): readonly RegisteredCard[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM cards WHERE issuer_key = ? AND serial = ?`)
      .all(issuerKey, serial) as RegisteredCard[];
  }

  #known(card: CardIdentity): readonly RegisteredCard[] {
    const links = this.#linksOf(card);
    if (links.length > 0) return links;
    throw new TeburaError("PERSON_NOT_FOUND", "no such card is registered");
  }

  #cardsOf(person: string): readonly RegisteredCard[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM cards WHERE person = ?`)
      .all(person) as RegisteredCard[];
  }

  #personOf(service: Service, pseudonym: Pseudonym): string | undefined {
    const row = this.#database
      .prepare("SELECT person FROM pseudonyms WHERE service = ? AND pseudonym = ?")
      .get(service, pseudonym) as { person: string } | undefined;
    return row?.person;
  }

  #peopleOf(names: readonly NamedPerson[]): readonly string[] {
    const all = names.map(({ service, person }) => this.#personOf(service, person));
    return [...new Set(all.filter((person) => person !== undefined))];
  }

  #namesOf(person: string): readonly NamedPerson[] {
    return this.#database
      .prepare("SELECT service, pseudonym AS person FROM pseudonyms WHERE person = ? ORDER BY 1, 2")
      .all(person) as NamedPerson[];
  }

  #link(
    { issuerKey, serial }: CardIdentity,
    person: string,
    role: RegisteredCard["role"],
    at: WallMs,
    expiresAt: WallMs,
  ): void {
    this.#database
      .prepare(
        `INSERT INTO cards (issuer_key, serial, person, role, status, linked_at, expires_at)
         VALUES (?, ?, ?, ?, 'active', ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(issuerKey, serial, person, role, at, expiresAt);
  }

  #setStatus(card: CardIdentity, status: RegisteredCard["status"]): void {
    this.#known(card);
    this.#database
      .prepare("UPDATE cards SET status = ? WHERE issuer_key = ? AND serial = ?")
      .run(status, card.issuerKey, card.serial);
  }
}
