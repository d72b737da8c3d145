import type { EventBody } from "#contract/events.ts";
import type { Database } from "#runtime/database.ts";

export type SignInBody = Extract<EventBody, { type: `sign-in.${string}` }>;

const batchMax = 100;

/**
 * What is to stand in the ledger about accounts. A note is written in the same transaction as the
 * change, by whichever process makes it, and goes when the ledger has it: no change is without its
 * entry, wherever the power went.
 */
export class Notes {
  readonly #database: Database;
  #bringing: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  add(body: SignInBody): void {
    this.#database.prepare("INSERT INTO notes (body) VALUES (?)").run(JSON.stringify(body));
  }

  /** Brings what waits into the ledger; resolves when it is there. */
  async bringTo(record: (body: SignInBody) => Promise<unknown>): Promise<void> {
    this.#bringing = this.#bringing.catch(() => undefined).then(() => this.#bring(record));
    await this.#bringing;
  }

  async #bring(record: (body: SignInBody) => Promise<unknown>): Promise<void> {
    for (;;) {
      const rows = this.#database
        .prepare("SELECT number, body FROM notes ORDER BY number LIMIT ?")
        .all(batchMax) as { number: number; body: string }[];
      if (rows.length === 0) return;
      await Promise.all(rows.map(({ body }) => record(JSON.parse(body) as SignInBody)));
      const last = rows.at(-1)!.number;
      this.#database.prepare("DELETE FROM notes WHERE number <= ?").run(last);
    }
  }
}
