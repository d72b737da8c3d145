import * as z from "zod";
import { noticeKindSchema } from "#contract/bodies/school.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { type Database, openDatabase } from "#runtime/database.ts";
import type { Sealer } from "../persons/sealer.ts";

export const noticeLanguageSchema = z.enum(["ja", "ja-easy", "en"]);
export type NoticeLanguage = z.infer<typeof noticeLanguageSchema>;

const choices = {
  language: noticeLanguageSchema.default("ja"),
  kinds: z
    .array(noticeKindSchema)
    .min(1)
    .max(3)
    .refine((all) => new Set(all).size === all.length, "each kind once")
    .default(["arrival", "departure", "unconfirmed"]),
  /** Whether the child's name may stand in a notice: mail is read by others than the one it is for. */
  showName: z.boolean().default(true),
};

/** How a guardian wants to be told, and where. */
export const contactSchema = z.discriminatedUnion("channel", [
  z.strictObject({ channel: z.literal("email"), address: z.email().max(254), ...choices }),
  z.strictObject({
    channel: z.literal("webhook"),
    url: z.url({ protocol: /^https$/ }).max(500),
    /** What the receiver knows the guardian by. */
    recipient: z.string().min(1).max(200).optional(),
    ...choices,
  }),
]);
export type Contact = Readonly<z.infer<typeof contactSchema>>;

const contentSchema = z.strictObject({ guardian: z.string(), contact: contactSchema });

interface Row {
  readonly guardian: Buffer;
  readonly sealed: Buffer;
}

const migrations = [
  `CREATE TABLE contacts (
     guardian BLOB PRIMARY KEY,
     sealed BLOB NOT NULL,
     changed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Where guardians are told. Addresses lie sealed under the registry's key and are found by a blind index of
 * the registry's own name for a person; a stolen file shows how many there are and when each was changed.
 */
export class GuardianContacts implements Disposable {
  readonly #database: Database;
  readonly #sealer: Sealer;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(path: string, sealer: Sealer) {
    this.#database = openDatabase(path, { migrations, synchronous: "FULL" });
    this.#sealer = sealer;
  }

  /** Keeps how a guardian wants to be told; null takes it away. */
  set(guardian: PersonId, contact: Contact | null, at: WallMs): void {
    const key = this.#sealer.index("guardian-contact", guardian);
    if (!contact) {
      this.#database.prepare("DELETE FROM contacts WHERE guardian = ?").run(key);
      return;
    }
    const sealed = this.#sealer.seal(placeOf(key), JSON.stringify({ guardian, contact }));
    this.#database
      .prepare("INSERT OR REPLACE INTO contacts (guardian, sealed, changed_at) VALUES (?, ?, ?)")
      .run(key, sealed, at);
  }

  /** Throws DATA_CORRUPT where the registry's key is another one than the file was sealed under. */
  of(guardian: PersonId): Contact | undefined {
    const key = this.#sealer.index("guardian-contact", guardian);
    const row = this.#database
      .prepare("SELECT guardian, sealed FROM contacts WHERE guardian = ?")
      .get(key) as Row | undefined;
    return row && this.#open(row).contact;
  }

  /** Lets go of the contacts of whoever the registry has forgotten. */
  forgetUnless(isKnown: (guardian: PersonId) => boolean): void {
    const rows = this.#database.prepare("SELECT guardian, sealed FROM contacts").all() as Row[];
    const drop = this.#database.prepare("DELETE FROM contacts WHERE guardian = ?");
    for (const row of rows) {
      if (!isKnown(this.#open(row).guardian as PersonId)) drop.run(row.guardian);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #open({ guardian, sealed }: Row): z.infer<typeof contentSchema> {
    return contentSchema.parse(JSON.parse(this.#sealer.open(placeOf(guardian), sealed)));
  }
}

const placeOf = (key: Buffer): string => `guardian-contact ${key.toString("hex")}`;
