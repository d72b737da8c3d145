import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { scopes } from "#gateway/api/api-keys.ts";
import type { Gateway } from "#gateway/app.ts";

/** What the gateway answered over HTTP: its refusal has a `code`. */
export type Answered = Readonly<Record<string, unknown>> & { readonly code?: string };

/** Posts a body, or gets what there is where no body is given. */
export type Call = (path: string, body?: unknown) => Promise<Answered>;

/** A clerk's program: it calls the gateway's API over HTTP with a key of its own. */
export function clerkOf(gateway: Gateway, httpUrl: string, now: WallMs): Call {
  const expiresAt = (now + 86_400_000) as WallMs;
  const { text } = gateway.apiKeys.create({
    ...{ name: "the demonstration", scopes, createdAt: now, expiresAt },
  });
  const headers = { authorization: `Bearer ${text}`, "content-type": "application/json" };
  return async (path, body) => {
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${httpUrl}${path}`, { headers, ...sent });
    return (await answer.json()) as Answered;
  };
}

/** What a call gave, where nothing may go wrong. Throws UNREACHABLE with the refusal's code. */
export function done(answered: Answered): Answered {
  if (answered.code === undefined) return answered;
  throw new TeburaError(
    "UNREACHABLE",
    `the demonstration's day went wrong: ${JSON.stringify(answered)}`,
  );
}
