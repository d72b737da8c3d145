import { TeburaError } from "./errors.ts";

/** What an invitation says: where to ask, with which secret, and whom to believe there. */
export interface Invitation {
  /** Host and port of the gateway's fleet service. */
  readonly host: string;
  readonly port: number;
  /** 16 bytes in base64url; good once. */
  readonly secret: string;
  /** SHA-256 of the device authority's certificate in DER, base64url. */
  readonly authority: string;
}

const code = /^tebura:\/\/([a-z0-9.-]{1,253}):(\d{1,5})\/([\w-]{22})\.([\w-]{43})$/i;

/** An invitation as one line: for a shell, and for a QR code. */
export function formatInvitation({ host, port, secret, authority }: Invitation): string {
  return `tebura://${host}:${port}/${secret}.${authority}`;
}

/** Reads an invitation as somebody pasted it. Throws INVITATION_INVALID. */
export function parseInvitation(text: string): Invitation {
  const [, host, port, secret, authority] = code.exec(text.trim()) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  if (host === undefined || secret === undefined || authority === undefined || !isPort) {
    throw new TeburaError(
      "INVITATION_INVALID",
      'this is no invitation; "tebura fleet invite" at the gateway prints one (tebura://…)',
    );
  }
  return { host, port: Number(port), secret, authority };
}
