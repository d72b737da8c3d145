import { randomBytes, timingSafeEqual } from "node:crypto";

/** The part of a request that says where it comes from. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly site: string | undefined;
}

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Who may use the kiosk. A page of another site that is open in the same browser must neither read
 * the token nor feed pictures nor enrol, not even when its name was rebound to this address: so the
 * Host is one of our own names, the Origin is that host, and a WebSocket shows a token that only a
 * page of the same origin could read.
 */
export class KioskAccess {
  readonly #names: ReadonlySet<string>;
  readonly #token = randomBytes(24).toString("base64url");

  /** `names` are host names besides the loopback ones, without a port. */
  constructor(names: readonly string[]) {
    this.#names = new Set([...loopbackNames, ...names.map((name) => name.toLowerCase())]);
  }

  isOurHost(host: string | undefined): boolean {
    return host !== undefined && this.#names.has(host.toLowerCase().replace(/:\d+$/, ""));
  }

  /** A request of a page of our own, or of a program that is no page. */
  isOurs({ host, origin }: Pick<RequestOrigin, "host" | "origin">): boolean {
    return this.isOurHost(host) && (origin === undefined || sameOrigin(origin, host));
  }

  /** The token, for a page of our own; undefined for anybody else. */
  tokenFor({ host, origin, site }: RequestOrigin): string | undefined {
    if (!this.isOurHost(host)) return undefined;
    if (origin !== undefined && !sameOrigin(origin, host)) return undefined;
    // Browsers before Fetch Metadata send none; those still cannot read the answer across origins.
    if (site !== undefined && site !== "same-origin") return undefined;
    return this.#token;
  }

  mayConnect({ host, origin }: RequestOrigin, token: string): boolean {
    if (!this.isOurHost(host) || !sameOrigin(origin, host)) return false;
    const [given, known] = [Buffer.from(token), Buffer.from(this.#token)];
    return given.length === known.length && timingSafeEqual(given, known);
  }
}

function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  return /^https?:$/.test(protocol) && originHost === host?.toLowerCase();
}
