import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { RelyingParty } from "./relying-party.ts";
import { csrfTokenOf } from "./sessions.ts";

const csrfHeader = "x-tebura-csrf";

/** The cookie of one kind of account at one gateway. */
export class SessionCookie {
  readonly #kind: "staff" | "family" | "resident";
  readonly #party: () => RelyingParty;

  constructor(kind: "staff" | "family" | "resident", party: () => RelyingParty) {
    this.#kind = kind;
    this.#party = party;
  }

  read(context: Context): string | undefined {
    return getCookie(context, this.#name());
  }

  write(context: Context, secret: string, maxAgeMs: number): void {
    setCookie(context, this.#name(), secret, {
      ...{ path: "/", httpOnly: true, sameSite: "Strict", secure: this.#party().isSecure },
      maxAge: Math.floor(maxAgeMs / 1_000),
    });
  }

  clear(context: Context): void {
    const { isSecure } = this.#party();
    deleteCookie(context, this.#name(), { path: "/", secure: isSecure });
  }

  /** Whether the page showed that it can read our answers, and not only make a browser ask. */
  hasCsrfToken(context: Context, secret: string): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    const told = context.req.header(csrfHeader) ?? "";
    return timingSafeEqual(digest(told), digest(csrfTokenOf(secret)));
  }

  /**
   * The prefix `__Host-` keeps everybody but this very host from setting it (RFC 6265bis, 4.1.3.2), and
   * asks for TLS. At localhost, where cookies are shared among ports, the port is part of the name.
   */
  #name(): string {
    const { isSecure, origin } = this.#party();
    const plain = `tebura-${this.#kind}`;
    return isSecure ? `__Host-${plain}` : `${plain}-${new URL(origin).port || "80"}`;
  }
}
