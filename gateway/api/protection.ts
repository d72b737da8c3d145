import { parse } from "csv-parse/sync";
import type { Context, MiddlewareHandler } from "hono";
import { type AccessReason, accessReasonSchema } from "../persons/access.ts";
import type { ProtectedPeople } from "../persons/protected-people.ts";
import { Veil } from "../persons/veil.ts";
import type { Authorised, Guard } from "./authorise.ts";

export interface ProtectionPorts {
  readonly people: Pick<ProtectedPeople, "names">;
  readonly guard: Guard;
  /** Writes a look down before it is shown. */
  noteLook(look: {
    readonly who: string;
    readonly why: AccessReason;
    readonly path: string;
    readonly persons: Veil["seen"];
  }): Promise<void>;
}

/** Where somebody who has the right says why they want to see those under protection too. */
export const reasonHeader = "x-tebura-reason";

const veils = new WeakMap<Request, Veil>();

/** The veil over an answer; a request that came past the middleware has one that hides nobody. */
export function veilOf(context: Context): Veil {
  return veils.get(context.req.raw) ?? new Veil(new Map());
}

/**
 * Keeps people under protection out of every answer of the interface: lists, exports, views, sheets and
 * whatever is added later, since it stands behind all routes and looks at what they answer. Whoever holds
 * `protected:read` and says why in a header sees them, once the look is in the ledger.
 */
export function protection({ people, guard, noteLook }: ProtectionPorts): MiddlewareHandler {
  const mayLook = guard("protected:read", "site");
  return async (context, next) => {
    const { names } = people;
    const given = context.req.header(reasonHeader);
    if (names.size === 0 && given === undefined) return await next();
    const why = accessReasonSchema.optional().safeParse(given);
    if (!why.success) {
      const message = `${reasonHeader} takes one of ${accessReasonSchema.options.join(", ")}`;
      return context.json({ code: "USAGE", message }, 400);
    }
    if (why.data !== undefined) {
      const refusal = await mayLook(context as Context<Authorised>, async () => undefined);
      if (refusal) return refusal;
    }
    const veil = new Veil(names, why.data !== undefined);
    veils.set(context.req.raw, veil);
    await next();
    const shown = await veiled(context.res, veil);
    if (veil.seen.length > 0 && why.data !== undefined) {
      const { path } = context.req;
      // In the ledger before anything is shown; what cannot be written down is not shown.
      await noteLook({ who: context.get("who"), why: why.data, path, persons: veil.seen });
    }
    context.res = undefined;
    context.res = shown;
    return undefined;
  };
}

const nobody = { code: "PERSON_NOT_FOUND", message: "nobody is known here by that name" } as const;

/** An answer without those under protection. Streams of events hide them event by event. */
async function veiled(answer: Response, veil: Veil): Promise<Response> {
  const type = answer.headers.get("content-type") ?? "";
  if (answer.body === null || type.startsWith("text/event-stream")) return answer;
  if (!/json|^text\//.test(type)) return answer;
  const text = await answer.text();
  const headers = new Headers(answer.headers);
  headers.delete("content-length");
  const { status } = answer;
  const said = (body: string) => new Response(body, { status, headers });
  if (type.includes("json")) {
    const left = veil.without(JSON.parse(text));
    if (left === undefined) return Response.json(nobody, { status: 404, headers });
    return said(veil.isOpen ? text : JSON.stringify(left));
  }
  if (type.startsWith("text/csv")) return said(rowsWithout(text, veil));
  return veil.names(text) ? Response.json(nobody, { status: 404 }) : said(text);
}

/** The rows of a file that name nobody under protection, letter for letter as they were. */
function rowsWithout(text: string, veil: Veil): string {
  const rows = parse(text, {
    raw: true,
    relax_column_count: true,
    relax_quotes: true,
  }) as unknown as {
    readonly raw: string;
  }[];
  const kept = rows.filter(({ raw }) => !veil.names(raw));
  return kept.length === rows.length ? text : kept.map(({ raw }) => raw).join("");
}
