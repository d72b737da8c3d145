import type { Context } from "hono";
import type { ErrorCode } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Realm } from "./realm.ts";
import type { RelyingParty } from "./relying-party.ts";
import { isFromOwnPage } from "./same-origin.ts";
import type { SessionCookie } from "./session-cookie.ts";
import type { Session } from "./sessions.ts";

export interface SessionDoorPorts {
  readonly realm: Pick<Realm, "sessions" | "isOpen">;
  readonly cookie: SessionCookie;
  readonly party: () => RelyingParty;
  readonly clock: Pick<Clock, "wall">;
}

/** A session that holds, and the secret by which it was shown. */
export interface OpenSession {
  readonly session: Session;
  readonly secret: string;
}

/** Why a request is not taken for its session's owner. */
export interface SessionRefused {
  readonly status: 401 | 403;
  readonly code: ErrorCode;
  readonly message: string;
  readonly who: string;
}

/** A page that looks by itself says so, and then nobody stays signed in by leaving it open. */
const backgroundHeader = "x-tebura-background";

/** Judges the cookies of one kind of people. */
export class SessionDoor {
  readonly #ports: SessionDoorPorts;

  constructor(ports: SessionDoorPorts) {
    this.#ports = ports;
  }

  /** Undefined for a request that carries no cookie of ours. */
  judge(context: Context): OpenSession | SessionRefused | undefined {
    const { cookie, party } = this.#ports;
    const secret = cookie.read(context);
    if (secret === undefined) return undefined;
    const session = this.#of(secret, context.req.header(backgroundHeader) === undefined);
    if (!session) {
      const message = "the session has ended; sign in again";
      return { status: 401, code: "SESSION_ENDED", message, who: "nobody" };
    }
    const isRead = context.req.method === "GET" || context.req.method === "HEAD";
    const isOurs = isFromOwnPage(context, party());
    if (!isOurs || !(isRead || cookie.hasCsrfToken(context, secret))) {
      const message = "the request does not come from a page of this gateway; load it again";
      return { status: 403, code: "CROSS_SITE", message, who: session.account };
    }
    return { session, secret };
  }

  /** Whether it still holds, and nobody is taken to be using it. */
  stillHolds(secret: string): boolean {
    return this.#of(secret, false) !== undefined;
  }

  #of(secret: string, isUse: boolean): Session | undefined {
    const { realm, clock } = this.#ports;
    const session = realm.sessions.of(secret, clock.wall(), isUse);
    return session && realm.isOpen(session.account) ? session : undefined;
  }
}
