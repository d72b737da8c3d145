/** The tables of everybody who signs in with a passkey, whatever kind of account they have. */
export const signInTables = `
  CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    synced INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX passkeys_by_account ON passkeys (account);
  CREATE TABLE codes (
    handle TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    account TEXT,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    agent TEXT NOT NULL,
    proved_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_account ON sessions (account);
  CREATE TABLE notes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL
  ) STRICT;`;
