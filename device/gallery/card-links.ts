import type { PersonId } from "#contract/ids.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { Database } from "#runtime/database.ts";
import type { Sealer } from "./sealing.ts";

/** A guardian's card speaks for the children whom it is linked to, beside its owner. */
export type CardRole = "own" | "guardian";

export const cardLinksMigration = `CREATE TABLE card_links (
     card TEXT NOT NULL,
     person TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     role TEXT NOT NULL CHECK (role IN ('own', 'guardian', 'transit')),
     PRIMARY KEY (card, person)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX card_links_of ON card_links (person);`;

/**
 * Whose card is whose on this box. A card stands here as a keyed digest, so that the file tells
 * nobody's serial number; who is removed from the gallery is forgotten here as well.
 */
export class CardLinks {
  readonly #database: Database;
  readonly #sealer: Pick<Sealer, "lookup">;

  constructor(database: Database, sealer: Pick<Sealer, "lookup">) {
    this.#database = database;
    this.#sealer = sealer;
  }

  /**
   * Links a card to an enrolled person. An own card takes the place of the one before: a card that was
   * issued anew has another serial number, and the person stays the same. Returns false when the card
   * is somebody else's own already, which only that person's removal or renewal can change.
   */
  link(card: CardIdentity, person: PersonId, role: CardRole): boolean {
    const key = this.#keyOf(card);
    return this.#database.transaction(() => {
      const owner = this.ownerOf(card);
      if (role === "own" && owner !== undefined && owner !== person) return false;
      if (role === "own") {
        this.#database
          .prepare("DELETE FROM card_links WHERE person = ? AND role = 'own'")
          .run(person);
      }
      this.#database
        .prepare(
          `INSERT INTO card_links (card, person, role) VALUES (?, ?, ?)
           ON CONFLICT (card, person) DO UPDATE SET role = excluded.role`,
        )
        .run(key, person, role);
      return true;
    })();
  }

  /**
   * For whom a card speaks: its owner, or the child that the face resembles. Undefined when the card
   * is nobody's here, or speaks for several children and the face decides between none of them.
   */
  personOf(card: CardIdentity, likely: PersonId | undefined): PersonId | undefined {
    const links = this.#database
      .prepare("SELECT person, role FROM card_links WHERE card = ? ORDER BY person")
      .all(this.#keyOf(card)) as { person: PersonId; role: CardRole }[];
    const seen = links.find(({ person }) => person === likely);
    const own = links.find(({ role }) => role === "own");
    const only = links.length === 1 ? links[0] : undefined;
    return (seen ?? own ?? only)?.person;
  }

  /** Whose own card it is; whoever is somebody's guardian here may be nobody else here. */
  ownerOf(card: CardIdentity): PersonId | undefined {
    const own = this.#database.prepare(
      "SELECT person FROM card_links WHERE card = ? AND role = 'own'",
    );
    return (own.get(this.#keyOf(card)) as { person: PersonId } | undefined)?.person;
  }

  /** Whether a card speaks for anybody here, be it for several. */
  has(card: CardIdentity): boolean {
    const any = this.#database.prepare("SELECT 1 FROM card_links WHERE card = ? LIMIT 1");
    return any.get(this.#keyOf(card)) !== undefined;
  }

  /** Links a transit card's number, which names a person and proves nothing. False when it is taken. */
  linkTransitCard(number: string, person: PersonId): boolean {
    const key = this.#transitKeyOf(number);
    this.#database
      .prepare(
        "INSERT INTO card_links (card, person, role) SELECT ?, ?, 'transit' " +
          "WHERE NOT EXISTS (SELECT 1 FROM card_links WHERE card = ?)",
      )
      .run(key, person, key);
    return this.personOfTransitCard(number) === person;
  }

  /** Whom a transit card names; no decision may rest on it alone. */
  personOfTransitCard(number: string): PersonId | undefined {
    const row = this.#database
      .prepare("SELECT person FROM card_links WHERE card = ? AND role = 'transit'")
      .get(this.#transitKeyOf(number)) as { person: PersonId } | undefined;
    return row?.person;
  }

  /** Forgets every card of a person; returns how many there were. */
  unlink(person: PersonId): number {
    return this.#database.prepare("DELETE FROM card_links WHERE person = ?").run(person).changes;
  }

  #transitKeyOf(number: string): string {
    return this.#sealer.lookup(`transit card ${number}`);
  }

  #keyOf({ issuerKey, serial }: CardIdentity): string {
    return this.#sealer.lookup(`card ${issuerKey} ${serial}`);
  }
}
