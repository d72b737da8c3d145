import { randomBytes } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";
import { type Grant, grantsSchema, mayManageStaff } from "./roles.ts";

/** A member of staff. The name is what colleagues call them; it stays in this file. */
export interface StaffAccount {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  /** An invited one has no passkey yet; a revoked one is kept, for whoever reads the audit. */
  readonly status: "invited" | "active" | "revoked";
  readonly createdAt: WallMs;
}

/** An id that nobody has, and that says nothing. */
export const drawnStaffId = (): string => `staff:${randomBytes(8).toString("hex")}`;

export const staffTable = `
  CREATE TABLE staff (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    grants TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

type Row = Omit<StaffAccount, "grants"> & { readonly grants: string };

const columns = "id, name, grants, status, created_at AS createdAt";

/** Who works at the gateway, and as what. */
export class StaffAccounts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  create(made: StaffAccount): StaffAccount {
    this.#database
      .prepare("INSERT INTO staff (id, name, grants, status, created_at) VALUES (?, ?, ?, ?, ?)")
      .run(made.id, made.name, JSON.stringify(made.grants), made.status, made.createdAt);
    return made;
  }

  /** Throws ACCOUNT_UNKNOWN. */
  get(id: string): StaffAccount {
    const row = this.#database.prepare(`SELECT ${columns} FROM staff WHERE id = ?`).get(id);
    if (!row) throw new TeburaError("ACCOUNT_UNKNOWN", "there is no account with this id");
    return accountOf(row as Row);
  }

  list(): readonly StaffAccount[] {
    const sql = `SELECT ${columns} FROM staff ORDER BY created_at, id`;
    return (this.#database.prepare(sql).all() as Row[]).map(accountOf);
  }

  get hasAdministrator(): boolean {
    return this.list().some(isAdministrator);
  }

  /** Throws LAST_ADMINISTRATOR rather than leave nobody who could let anybody in. */
  change(id: string, to: Partial<Pick<StaffAccount, "grants" | "status">>): StaffAccount {
    const before = this.get(id);
    const after = { ...before, ...to };
    const others = this.list().filter((one) => one.id !== id);
    const isLast = isAdministrator(before) && !others.some(isAdministrator);
    if (isLast && !isAdministrator(after)) {
      const message = "this is the last administrator; make somebody else one first";
      throw new TeburaError("LAST_ADMINISTRATOR", message);
    }
    this.#database
      .prepare("UPDATE staff SET grants = ?, status = ? WHERE id = ?")
      .run(JSON.stringify(after.grants), after.status, id);
    return after;
  }
}

const isAdministrator = ({ status, grants }: StaffAccount): boolean =>
  status === "active" && mayManageStaff(grants);

function accountOf({ grants, ...row }: Row): StaffAccount {
  return { ...row, grants: grantsSchema.parse(JSON.parse(grants)) };
}
