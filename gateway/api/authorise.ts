import type { Context, MiddlewareHandler } from "hono";
import type { ErrorCode } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import { type RateLimit, RateLimiter } from "#runtime/rate-limit.ts";
import { addressOf } from "./address.ts";
import type { ApiKeys, Scope } from "./api-keys.ts";
import { described } from "./described.ts";

/** Somebody who may go on. */
export interface Admitted {
  /** `api-key:…` or `staff:…`, as it stands in the audit. */
  readonly who: string;
  /** Where they may; undefined for everywhere. */
  readonly sites: readonly string[] | undefined;
  /** Whether it still holds, for answers that go on for hours. */
  stillHolds(): boolean;
}

export interface Refused {
  readonly status: 401 | 403;
  readonly code: ErrorCode;
  readonly message: string;
  /** Who was refused, as far as it is known. */
  readonly who: string;
}

/** Judges requests of people who signed in. */
export interface StaffDoor {
  /** Undefined for a request that carries no session. */
  judge(context: Context, scope: Scope): Admitted | Refused | undefined;
}

/** Told of every refusal, for the log and the audit. */
export type TellRefusal = (refusal: {
  readonly who: string;
  readonly what: "request" | "site";
  readonly code: ErrorCode;
  readonly path: string;
}) => void;

export interface AuthorisePorts {
  readonly apiKeys: ApiKeys;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  readonly limits?: typeof defaultLimits;
  readonly staff?: StaffDoor | undefined;
  readonly tellRefusal?: TellRefusal | undefined;
  /** A proxy on this machine says who its caller is. */
  readonly isBehindProxy?: boolean | undefined;
}

export interface Authorised {
  readonly Variables: Omit<Admitted, "who"> & {
    readonly who: string;
    /** Refuses what belongs to a place that is not the caller's. See `foreignSite`. */
    readonly refuseSite: () => Response;
  };
}

/**
 * How far a route looks. `city`: it shows what is of no one place, and whoever is bound to some places
 * may not use it. `site`: it asks `foreignSite` before it shows or changes anything.
 */
export type Reach = "city" | "site";

export type Guard = (scope: Scope, reach?: Reach) => MiddlewareHandler<Authorised>;

const defaultLimits: Readonly<Record<"key" | "stranger" | "staff", RateLimit>> = {
  key: { burst: 60, perMinute: 600 },
  /** A page asks for more at once than a program does, and there are fewer of them. */
  staff: { burst: 200, perMinute: 1_200 },
  /** Requests without a valid key, for each address that they come from. */
  stranger: { burst: 20, perMinute: 60 },
};

const flaws = { unknown: "is not valid", revoked: "was revoked", expired: "has expired" };

/**
 * Makes the guard of an operation: a valid key, or a session of somebody whose role holds the scope, and
 * not too often. It sets who asks and for which sites they may.
 */
export function authoriser(ports: AuthorisePorts): Guard {
  const { clock, limits = defaultLimits, isBehindProxy } = ports;
  const byCaller = {
    key: new RateLimiter(limits.key, clock),
    staff: new RateLimiter(limits.staff, clock),
  };
  const byAddress = new RateLimiter(limits.stranger, clock);

  const refuse = (context: Context, { status, code, message, who }: Refused) => {
    if (status === 401) {
      const waitSeconds = byAddress.take(addressOf(context, isBehindProxy));
      if (waitSeconds > 0) return tooMany(context, waitSeconds);
      context.header("WWW-Authenticate", 'Bearer realm="tebura"');
    }
    // Who has shown nothing at all was never let in and needs no entry in the ledger.
    const { path } = context.req;
    if (code !== "API_KEY_MISSING") ports.tellRefusal?.({ who, what: "request", code, path });
    return context.json({ code, message }, status);
  };

  const guard =
    (scope: Scope, reach: Reach): MiddlewareHandler<Authorised> =>
    async (context, next) => {
      const verdict = judge(ports, context, scope);
      if ("status" in verdict) return refuse(context, verdict);
      const { who, sites } = verdict;
      const waitSeconds = byCaller[who.startsWith("staff:") ? "staff" : "key"].take(who);
      if (waitSeconds > 0) return tooMany(context, waitSeconds);
      const refuseSite = () => {
        const { path } = context.req;
        ports.tellRefusal?.({ who, what: "site", code: "SITE_FOREIGN", path });
        const message = "that belongs to a place that is not yours; ask an administrator";
        return context.json({ code: "SITE_FOREIGN", message }, 403);
      };
      if (reach === "city" && sites !== undefined) return refuseSite();
      context.set("who", who);
      context.set("sites", sites);
      context.set("stillHolds", verdict.stillHolds);
      context.set("refuseSite", refuseSite);
      await next();
      return undefined;
    };
  return (scope, reach = "city") => described(guard(scope, reach), { scopes: [scope] });
}

function judge(ports: AuthorisePorts, context: Context, scope: Scope): Admitted | Refused {
  const header = context.req.header("authorization");
  if (header !== undefined) return judgeKey(ports, header, scope);
  const signedIn = ports.staff?.judge(context, scope);
  if (signedIn) return signedIn;
  const message = "sign in, or send a key in the header Authorization: Bearer …";
  return { status: 401, code: "API_KEY_MISSING", message, who: "nobody" };
}

function judgeKey(
  { apiKeys, clock }: AuthorisePorts,
  header: string,
  scope: Scope,
): Admitted | Refused {
  const text = /^Bearer +(\S{1,200})$/i.exec(header)?.[1] ?? "";
  const verdict = apiKeys.check(text, clock.wall());
  if (verdict.kind !== "valid") {
    const message = `the key ${flaws[verdict.kind]}; ask the operator for another`;
    return { status: 401, code: "API_KEY_INVALID", message, who: "nobody" };
  }
  const { id, scopes } = verdict.key;
  const who = `api-key:${id}`;
  if (!scopes.includes(scope)) {
    return { status: 403, code: "API_KEY_SCOPE", message: `the key lacks the scope ${scope}`, who };
  }
  const stillHolds = () => apiKeys.check(text, clock.wall()).kind === "valid";
  return { who, sites: undefined, stillHolds };
}

function tooMany(context: Context, waitSeconds: number) {
  context.header("Retry-After", `${waitSeconds}`);
  const message = `too many requests; come again in ${waitSeconds} s`;
  return context.json({ code: "RATE_LIMITED", message }, 429);
}
