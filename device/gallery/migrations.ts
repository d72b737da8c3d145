import { agreedRowsMigration } from "./agreed-rows.ts";
import { cardLinksMigration } from "./card-links.ts";
import { consentRowsMigration, sealToMigration } from "./consent-rows.ts";
import { scoreLevelsMigration } from "./score-levels.ts";

/** How the file of a gallery came to be what it is, in this order; nothing is ever changed but at the end. */
export const galleryMigrations = [
  `CREATE TABLE gallery (model TEXT NOT NULL, dimensions INTEGER NOT NULL) STRICT;
   CREATE TABLE people (
     person TEXT PRIMARY KEY,
     name BLOB NOT NULL,
     name_lookup TEXT NOT NULL UNIQUE,
     enrolled_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE templates (
     id INTEGER PRIMARY KEY,
     person TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     sealed BLOB NOT NULL
   ) STRICT;
   CREATE INDEX templates_of ON templates (person);`,
  `CREATE TABLE look_alikes (
     person TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     other TEXT NOT NULL REFERENCES people (person) ON DELETE CASCADE,
     PRIMARY KEY (person, other)
   ) STRICT, WITHOUT ROWID;`,
  cardLinksMigration,
  consentRowsMigration,
  scoreLevelsMigration,
  sealToMigration,
  agreedRowsMigration,
];
