import { isIP } from "node:net";
import { TeburaError } from "#contract/errors.ts";

/** Where people sign in. A passkey belongs to `id`, and a browser uses it at `origin` only. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
  /** Over TLS, which a proxy in front of the gateway ends. */
  readonly isSecure: boolean;
}

/**
 * The place where passkeys work (WebAuthn level 3, section 13.4.9: a secure context, and a domain, never
 * an IP address). Without a public address that is localhost, which browsers take for secure. Throws
 * CONFIG_INVALID for an address where no browser would do it.
 */
export function relyingPartyAt(publicUrl: string | undefined, port: number): RelyingParty {
  if (publicUrl === undefined) {
    return { id: "localhost", origin: `http://localhost:${port}`, isSecure: false };
  }
  const url = new URL(publicUrl);
  const flaw = flawOf(url);
  if (flaw) {
    throw new TeburaError("CONFIG_INVALID", `gateway.publicUrl (${publicUrl}): ${flaw}`);
  }
  return { id: url.hostname, origin: url.origin, isSecure: url.protocol === "https:" };
}

function flawOf({ protocol, hostname, pathname, search, hash }: URL): string | undefined {
  if (protocol !== "https:" && hostname !== "localhost") {
    return "passkeys work over https only (or at http://localhost); put a TLS proxy in front";
  }
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) {
    return "passkeys need a name, not an address of numbers; give the gateway a name in your DNS";
  }
  if (pathname !== "/" || search !== "" || hash !== "") {
    return "give scheme, name and port only, as https://tebura.example.jp";
  }
  return undefined;
}
