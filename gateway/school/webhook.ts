import { createHmac, type KeyObject, sign } from "node:crypto";
import { Agent, request } from "node:https";
import { TeburaError } from "#contract/errors.ts";
import type { WebhookSettings } from "#firmware-config/school-notices.ts";
import type { Clock } from "#runtime/clock.ts";
import { type Attempt, type Message, type NoticeSender, settingsFile } from "./notice-channel.ts";

export interface WebhookPorts {
  readonly clock: Pick<Clock, "wall">;
  /** The gateway's Ed25519 key. */
  readonly privateKey: KeyObject;
}

export interface WebhookSender extends NoticeSender<"webhook"> {
  /** Whether the operator lets webhooks go there. */
  allows(url: string): boolean;
}

const timeoutMs = 15_000;
const secretBytesMin = 24;
/** A receiver may ask for more time, and not for ever. */
const waitMsMax = 600_000;

type Signer = (text: string) => string;

/**
 * Webhooks after the Standard Webhooks specification 1.0: `webhook-id` is the idempotency key, and the
 * signature covers id, time and body (`v1`: HMAC-SHA256; `v1a`: Ed25519). They go to the operator's
 * origins alone, so that nobody's address leads into the gateway's own network; a redirect is not followed.
 * Throws CONFIG_INVALID for a file that cannot be read or holds no secret.
 */
export function createWebhooks(
  settings: readonly WebhookSettings[],
  { clock, privateKey }: WebhookPorts,
): WebhookSender {
  const places = new Map(
    settings.map(({ origin, signing, caFile }, i) => {
      const setting = `gateway.school.notices.webhooks.${i}`;
      const ca = caFile === undefined ? {} : { ca: settingsFile(caFile, `${setting}.caFile`) };
      const agent = new Agent({ keepAlive: true, maxSockets: 4, ...ca, minVersion: "TLSv1.2" });
      const signer: Signer =
        signing.kind === "hmac"
          ? hmacSigner(signing.secretFile, `${setting}.signing.secretFile`)
          : (text) => `v1a,${sign(null, Buffer.from(text), privateKey).toString("base64")}`;
      return [origin, { agent, signer }] as const;
    }),
  );
  return {
    allows: (url) => places.has(new URL(url).origin),
    async send({ url, recipient }, message, signal): Promise<Attempt> {
      const place = places.get(new URL(url).origin);
      if (!place) return { kind: "refused", code: "ADDRESS_NOT_ALLOWED" };
      const body = bodyOf(message, recipient);
      const seconds = `${Math.floor(clock.wall() / 1_000)}`;
      const headers = {
        "content-type": "application/json; charset=utf-8",
        "content-length": `${Buffer.byteLength(body)}`,
        "user-agent": "tebura",
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        "webhook-signature": place.signer(`${message.id}.${seconds}.${body}`),
        "idempotency-key": message.id,
      };
      return await post(url, { agent: place.agent, headers, body, signal });
    },
    async [Symbol.asyncDispose]() {
      for (const { agent } of places.values()) agent.destroy();
    },
  };
}

/** The same notice has the same body each time, for receivers that compare. */
function bodyOf({ id, story, guardian, language, ...words }: Message, recipient?: string): string {
  const { kind, pupil, day, at, isAllClear } = story;
  return JSON.stringify({
    ...{ v: 1, notice: id, kind, day, at: new Date(at).toISOString(), isAllClear },
    ...{ pupil, guardian, ...(recipient === undefined ? {} : { recipient }) },
    ...{ language, ...words },
  });
}

/** The specification writes secrets as `whsec_` and base64; any other text is taken as it is. */
function hmacSigner(path: string, setting: string): Signer {
  const text = settingsFile(path, setting);
  const secret = text.startsWith("whsec_")
    ? Buffer.from(text.slice("whsec_".length), "base64")
    : Buffer.from(text);
  if (secret.length < secretBytesMin) {
    const message = `${setting}: ${path} holds ${secret.length} bytes; at least ${secretBytesMin} make a secret`;
    throw new TeburaError("CONFIG_INVALID", message);
  }
  return (signed) => `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
}

async function post(
  url: string,
  of: {
    readonly agent: Agent;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
): Promise<Attempt> {
  const { agent, headers, body, signal } = of;
  return await new Promise<Attempt>((resolve) => {
    const later = (error: unknown) =>
      resolve({ kind: "later", code: (error as { code?: string }).code ?? "NETWORK" });
    const options = { method: "POST", agent, headers, signal, timeout: timeoutMs };
    const sent = request(url, options, (response) => {
      response.resume(); // Nothing of an answer but its status is of use here.
      const { statusCode = 0, headers: told } = response;
      response.once("error", later);
      resolve(attemptOf(statusCode, told["retry-after"]));
    });
    sent.once("timeout", () => sent.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    sent.once("error", later);
    sent.end(body);
  });
}

/**
 * Statuses that pass: a secret that somebody has to mend (401, 403), not yet (408, 425), in hand (409), too
 * often (429), and all of the server's own.
 */
const passing = new Set([401, 403, 408, 409, 425, 429]);

function attemptOf(status: number, retryAfter: string | undefined): Attempt {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const code = `HTTP_${status}`;
  if (status < 500 && !passing.has(status)) return { kind: "refused", code };
  const seconds = Number(retryAfter);
  if (retryAfter === undefined || !Number.isFinite(seconds) || seconds < 0) {
    return { kind: "later", code };
  }
  return { kind: "later", code, waitMs: Math.min(seconds * 1_000, waitMsMax) };
}
