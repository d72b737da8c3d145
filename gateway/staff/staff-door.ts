import type { Context } from "hono";
import type { Scope } from "../api/api-keys.ts";
import type { Admitted, Refused, StaffDoor } from "../api/authorise.ts";
import { type OpenSession, SessionDoor, type SessionDoorPorts } from "../sign-in/session-door.ts";
import { sitesFor } from "./roles.ts";
import type { Staff } from "./staff.ts";
import type { StaffAccount } from "./staff-accounts.ts";

export interface StaffDoorPorts extends Omit<SessionDoorPorts, "realm"> {
  readonly staff: Staff;
}

export interface SignedIn extends OpenSession {
  readonly account: StaffAccount;
}

/** Judges the cookies of staff by their roles. */
export class CookieDoor implements StaffDoor {
  readonly #staff: Staff;
  readonly #sessions: SessionDoor;

  constructor({ staff, ...ports }: StaffDoorPorts) {
    this.#staff = staff;
    this.#sessions = new SessionDoor({ ...ports, realm: staff });
  }

  judge(context: Context, scope: Scope): Admitted | Refused | undefined {
    const found = this.signedIn(context);
    if (found === undefined || "status" in found) return found;
    const { account, secret } = found;
    const sites = sitesFor(account.grants, scope);
    if (sites?.length === 0) {
      const message = "your role does not open this; ask an administrator";
      return { status: 403, code: "ACCESS_DENIED", message, who: account.id };
    }
    return { who: account.id, sites, stillHolds: () => this.#sessions.stillHolds(secret) };
  }

  /** Whoever is signed in, whatever their role opens: they may be told that something changed, and not what. */
  judgeAnybody(context: Context): Admitted | Refused | undefined {
    const found = this.signedIn(context);
    if (found === undefined || "status" in found) return found;
    const { account, secret } = found;
    return { who: account.id, sites: [], stillHolds: () => this.#sessions.stillHolds(secret) };
  }

  /** Who signed in, whatever they may do; undefined for a request without a session. */
  signedIn(context: Context): SignedIn | Refused | undefined {
    const found = this.#sessions.judge(context);
    if (found === undefined || "status" in found) return found;
    return { ...found, account: this.#staff.accounts.get(found.session.account) };
  }
}
