import type { Context } from "hono";
import { TeburaError } from "#contract/errors.ts";
import type { RateLimiter } from "#runtime/rate-limit.ts";
import type { Realm } from "./realm.ts";
import type { Refusals } from "./refusals.ts";
import {
  type OpenSession,
  SessionDoor,
  type SessionDoorPorts,
  type SessionRefused,
} from "./session-door.ts";

type Tell = Pick<Refusals, "tell">;

/** Whoever signed in. Throws SESSION_ENDED, CROSS_SITE, and says so where others hear of it. */
export function admittedBy<Found extends object>(
  found: Found | SessionRefused | undefined,
  refusals: Tell,
  context: Context,
): Found {
  if (found === undefined) throw new TeburaError("SESSION_ENDED", "nobody is signed in here");
  if (!("status" in found)) return found;
  const { who, code, message } = found;
  refusals.tell({ who, what: "request", code, path: context.req.path });
  throw new TeburaError(code, message);
}

export interface OwnSessionPorts extends SessionDoorPorts {
  readonly realm: Pick<Realm, "sessions" | "isOpen" | "notes">;
  readonly refusals: Tell;
  settle(): Promise<void>;
}

/** The session of people who do something for themselves, at a page of their own. */
export class OwnSession {
  readonly #ports: OwnSessionPorts;
  readonly #door: SessionDoor;

  constructor(ports: OwnSessionPorts) {
    this.#ports = ports;
    this.#door = new SessionDoor(ports);
  }

  /** Throws SESSION_ENDED or CROSS_SITE. */
  of(context: Context): OpenSession {
    return admittedBy(this.#door.judge(context), this.#ports.refusals, context);
  }

  /** The account that does something, not too often. Throws RATE_LIMITED too. */
  unhurried(context: Context, limiter: RateLimiter, what: "request" | "inquiry"): string {
    const { account } = this.of(context).session;
    const waitSeconds = limiter.take(account);
    if (waitSeconds === 0) return account;
    const { path } = context.req;
    this.#ports.refusals.tell({ who: account, what, code: "RATE_LIMITED", path });
    throw new TeburaError("RATE_LIMITED", `come again in ${waitSeconds} s`);
  }

  async signOut(context: Context) {
    const { realm, cookie, settle } = this.#ports;
    const { account, handle } = this.of(context).session;
    realm.sessions.end(account, handle);
    realm.notes.add({ type: "sign-in.closed", who: account, sessions: 1, why: "asked" });
    cookie.clear(context);
    await settle();
    return { ended: 1 };
  }
}
