import { reasonFor } from "./protected-look.ts";

/** What the gateway said: a value, or why not. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Shows a page's own requests from those that another site makes a browser send. */
let csrfToken: string | undefined;

export function keepCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

const timeoutMs = 20_000;

export async function getJson<T>(path: string, isBackground = false): Promise<Answer<T>> {
  return await send<T>(path, isBackground ? { headers: { "X-Tebura-Background": "1" } } : {});
}

/** What takes the gateway long is waited for longer. */
export async function postJson<T>(
  path: string,
  body: unknown,
  waitMs = timeoutMs,
): Promise<Answer<T>> {
  return await send<T>(path, postOf(body, waitMs));
}

/** The same for an answer that is a text to be saved, and no JSON; its refusals are. */
export async function postForText(path: string, body: unknown): Promise<Answer<string>> {
  return await send<string>(path, postOf(body, longMs), true);
}

/** For an answer that is gathered from the whole ledger. */
const longMs = 120_000;

const postOf = (body: unknown, waitMs: number): Sent => ({
  method: "POST",
  signal: AbortSignal.timeout(waitMs),
  body: JSON.stringify(body),
  headers: {
    "Content-Type": "application/json",
    ...(csrfToken === undefined ? {} : { "X-Tebura-Csrf": csrfToken }),
  },
});

type Sent = RequestInit & { readonly headers?: Readonly<Record<string, string>> };

async function send<T>(path: string, init: Sent, isText = false): Promise<Answer<T>> {
  try {
    const headers = { ...init.headers, ...reasonFor(path) };
    const answer = await fetch(path, { signal: AbortSignal.timeout(timeoutMs), ...init, headers });
    if (answer.ok && isText) return { ok: true, value: (await answer.text()) as T };
    const value = (await answer.json()) as T & { code?: string; message?: string };
    if (answer.ok) return { ok: true, value };
    if (mustSignIn(value.code)) signInAgain();
    return { ok: false, code: value.code ?? "UNEXPECTED", message: value.message ?? "" };
  } catch {
    return { ok: false, code: "GATEWAY_UNREACHABLE", message: "" };
  }
}

/** Nobody is signed in, or what is asked for opens more doors and wants the passkey once more. */
const mustSignIn = (code: string | undefined): boolean =>
  code === "SESSION_ENDED" || code === "API_KEY_MISSING" || code === "SIGN_IN_STALE";

/** To where one signs in, and back to what this page shows. */
export function signInAgain(): void {
  location.assign(`/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`);
}
