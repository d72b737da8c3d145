import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type * as z from "zod";
import { type ErrorCode, errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { RateLimiter } from "#runtime/rate-limit.ts";
import { addressOf } from "../api/address.ts";
import { described } from "../api/described.ts";
import type { Refusals } from "./refusals.ts";
import type { RelyingParty } from "./relying-party.ts";
import { isAtOwnAddress, isFromOwnPage } from "./same-origin.ts";

export interface JsonRoutePorts {
  readonly party: () => RelyingParty;
  readonly refusals: Pick<Refusals, "tell">;
  readonly isBehindProxy: boolean;
}

const bodyBytesMax = 65_536;

export const jsonStatuses: Partial<Record<ErrorCode, 400 | 401 | 403 | 404 | 409 | 421 | 429>> = {
  USAGE: 400,
  SIGN_IN_REFUSED: 401,
  CODE_REFUSED: 401,
  SESSION_ENDED: 401,
  ACCESS_DENIED: 403,
  CROSS_SITE: 403,
  SIGN_IN_STALE: 403,
  ACCOUNT_UNKNOWN: 404,
  CONSENT_UNKNOWN: 404,
  PERSON_NOT_FOUND: 404,
  DELETION_PENDING: 409,
  LAST_ADMINISTRATOR: 409,
  LAST_PASSKEY: 409,
  SIGN_IN_ADDRESS: 421,
  RATE_LIMITED: 429,
};

interface JsonRouteOptions {
  /** Asked in their order, by the address that the request comes from. */
  readonly limits?: readonly RateLimiter[];
  /** Whose session it needs, or none yet; unset, that of this kind of people. */
  readonly people?: "staff" | "family" | "resident" | "entry";
}

type Run<Body> = (body: Body, context: Context) => Promise<object> | object;

/**
 * Routes that people's pages call before and while they are signed in: from our own pages only, JSON
 * only, small only, and not too often. Every refusal is `{ code, message }`.
 */
export class JsonRoutes {
  readonly app = new Hono();
  readonly #ports: JsonRoutePorts;
  readonly #people: "staff" | "family" | "resident";

  constructor(ports: JsonRoutePorts & { readonly kind: "staff" | "family" | "resident" }) {
    this.#ports = ports;
    this.#people = ports.kind;
    this.app.onError((error, context) => {
      const code = errorCodeOf(error);
      const status = code && jsonStatuses[code];
      if (code && status) return context.json({ code, message: error.message }, status);
      const message = "the gateway failed; see its log";
      return context.json({ code: code ?? "UNEXPECTED", message }, 500);
    });
  }

  post<Body>(
    path: string,
    schema: z.ZodType<Body>,
    run: Run<Body>,
    { limits = [], people = this.#people }: JsonRouteOptions = {},
  ): void {
    const limit = bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => {
        const message = `a body has at most ${bodyBytesMax} bytes`;
        return context.json({ code: "USAGE", message }, 413);
      },
    });
    const handler = async (context: Context) => {
      const parsed = schema.safeParse(await readJson(context));
      if (!parsed.success) throw new TeburaError("USAGE", flawsOf(parsed.error));
      context.header("Cache-Control", "no-store");
      return context.json(await run(parsed.data, context));
    };
    this.app.post(path, this.#guard(limits), limit, described(handler, { takes: schema, people }));
  }

  get(path: string, run: Run<undefined>): void {
    const handler = async (context: Context) => {
      context.header("Cache-Control", "no-store");
      return context.json(await run(undefined, context));
    };
    this.app.get(path, described(handler, { people: this.#people }));
  }

  #guard(limits: readonly RateLimiter[]) {
    return async (context: Context, next: () => Promise<void>) => {
      const { party, refusals, isBehindProxy } = this.#ports;
      for (const limiter of limits) {
        const waitSeconds = limiter.take(addressOf(context, isBehindProxy));
        if (waitSeconds === 0) continue;
        context.header("Retry-After", `${waitSeconds}`);
        throw new TeburaError("RATE_LIMITED", `too many tries; come again in ${waitSeconds} s`);
      }
      if (!isAtOwnAddress(context, party())) {
        const message = `sign-in works at ${party().origin} and nowhere else; open that address`;
        throw new TeburaError("SIGN_IN_ADDRESS", message);
      }
      if (!isFromOwnPage(context, party())) {
        const { path } = context.req;
        refusals.tell({ who: "nobody", what: "request", code: "CROSS_SITE", path });
        throw new TeburaError("CROSS_SITE", "the request does not come from a page of ours");
      }
      // What a form of another page can send is none of the types that are let through here.
      if (!/^application\/json *(;|$)/i.test(context.req.header("content-type") ?? "")) {
        throw new TeburaError("USAGE", "send application/json");
      }
      await next();
    };
  }
}

/** Throws USAGE. */
export async function readJson(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw new TeburaError("USAGE", "the body is not JSON");
  }
}

/** Paths only: a message could repeat what somebody sent. */
const flawsOf = (error: z.ZodError): string =>
  `what was sent does not fit at ${error.issues.map(({ path }) => path.join(".") || "(root)").join(", ")}`;
