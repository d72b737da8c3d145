import { reasonFor } from "./protected-look.ts";
import { signInAgain } from "./sign-in-again.ts";

/** What the gateway said: a value, or why not. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Whose page this is, and what shows its own requests from those that another site makes a browser send. */
let own: { readonly csrf: string; readonly account: string } | undefined;

export function keepOwnSession(session: typeof own): void {
  own = session;
}

const timeoutMs = 20_000;
/** For an answer that is gathered from the whole ledger. */
const longMs = 120_000;

interface Sent {
  /** What is posted; nothing where something is only read. */
  readonly body?: unknown;
  readonly waitMs?: number;
  /** The page asks by itself, and not because somebody did something. */
  readonly isBackground?: boolean;
  readonly isText?: boolean;
}

export async function getJson<T>(path: string, isBackground = false): Promise<Answer<T>> {
  return await send<T>(path, { isBackground });
}

/** What takes the gateway long is waited for longer. */
export async function postJson<T>(
  path: string,
  body: unknown,
  waitMs = timeoutMs,
): Promise<Answer<T>> {
  return await send<T>(path, { body, waitMs });
}

/** The same for an answer that is a text to be saved, and no JSON; its refusals are. */
export async function postForText(path: string, body: unknown): Promise<Answer<string>> {
  return await send<string>(path, { body, waitMs: longMs, isText: true });
}

/** Sends, and once more after somebody signed in again where that was all that was missing. */
async function send<T>(path: string, sent: Sent): Promise<Answer<T>> {
  const answer = await sendOnce<T>(path, sent);
  if (answer.ok) return answer;
  const { code } = answer;
  const isOver = code === "SESSION_ENDED" || code === "API_KEY_MISSING";
  const mayGoOn =
    isOver || code === "SIGN_IN_STALE"
      ? await signInAgain(isOver)
      : code === "CROSS_SITE" && (await isSignedInElsewhere());
  return mayGoOn ? await sendOnce<T>(path, sent) : answer;
}

async function sendOnce<T>(path: string, sent: Sent): Promise<Answer<T>> {
  const { body, waitMs = timeoutMs, isBackground, isText } = sent;
  try {
    const answer = await fetch(path, {
      signal: AbortSignal.timeout(waitMs),
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(body === undefined || !own ? {} : { "X-Tebura-Csrf": own.csrf }),
        ...(isBackground ? { "X-Tebura-Background": "1" } : {}),
        ...reasonFor(path),
      },
    });
    if (answer.ok && isText) return { ok: true, value: (await answer.text()) as T };
    const value = (await answer.json()) as T & { code?: string; message?: string };
    if (answer.ok) return { ok: true, value };
    return { ok: false, code: value.code ?? "UNEXPECTED", message: value.message ?? "" };
  } catch {
    return { ok: false, code: "GATEWAY_UNREACHABLE", message: "" };
  }
}

/** Whoever this page belongs to has signed in anew in another window: the page goes on with that session. */
async function isSignedInElsewhere(): Promise<boolean> {
  const answer = await sendOnce<{ account: { id: string }; csrf: string }>("/api/staff/me", {});
  if (!answer.ok || answer.value.account.id !== own?.account) return false;
  own = { ...own, csrf: answer.value.csrf };
  return true;
}
