import { createHash } from "node:crypto";
import { request } from "node:https";
import { TeburaError } from "#contract/errors.ts";
import type { Invitation } from "#contract/invitation.ts";
import { derObjects } from "#contract/pki/pem.ts";

const answerBytesMax = 65_536;
const answerMsMax = 15_000;

export interface FleetAnswer {
  readonly status: number;
  readonly body: string;
}

export interface FleetAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The authority's certificate of the gateway that an invitation names, held against the digest in the
 * invitation. Throws GATEWAY_UNTRUSTED when it is another one: somebody stands between, or the
 * invitation is another gateway's.
 */
export async function fetchAuthority(invitation: Invitation): Promise<string> {
  // Nothing can be believed yet, and nothing is: the digest decides.
  const tls = { rejectUnauthorized: false };
  const { body } = await ask(invitation, "GET", "/fleet/authority", tls);
  try {
    const [der] = derObjects(Buffer.from(body), "CERTIFICATE");
    const digest = createHash("sha256")
      .update(der ?? "")
      .digest("base64url");
    if (digest === invitation.authority) return body;
  } catch {
    // Told below.
  }
  throw new TeburaError(
    "GATEWAY_UNTRUSTED",
    `${invitation.host}:${invitation.port} is not the gateway that this invitation was made by`,
  );
}

/** Posts to a fleet service whose certificate this authority must have made. Throws GATEWAY_UNREACHABLE. */
export async function post(
  address: FleetAddress,
  path: "/fleet/join" | "/fleet/renew",
  sealed: string,
  authority: string,
): Promise<FleetAnswer> {
  return await ask(address, "POST", path, { ca: authority }, sealed);
}

/** An error answer as the gateway worded it. */
export function refusalIn({ status, body }: FleetAnswer): TeburaError {
  const { code, message } = messageIn(body);
  const known = refusalCodes.find((one) => one === code) ?? "GATEWAY_UNREACHABLE";
  return new TeburaError(known, message ?? `the gateway answered ${status}`);
}

const refusalCodes = [
  "REQUEST_INVALID",
  "INVITATION_SPENT",
  "DEVICE_REVOKED",
  "DEVICE_UNKNOWN",
  "CONFIG_INVALID",
] as const;

function messageIn(body: string): { code?: string; message?: string } {
  try {
    const { code, message } = JSON.parse(body);
    return { code: String(code), message: String(message).slice(0, 300) };
  } catch {
    return {};
  }
}

/** Why nobody answered, and what to look at, without the words of OpenSSL. */
function reasonOf({ message, code = "" }: NodeJS.ErrnoException): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "its certificate is for other names; start the gateway with this one among its --hosts";
  }
  if (/^E(?:NOTFOUND|AI_AGAIN)$/.test(code)) return `no machine has this name here (${code})`;
  if (/^E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|TIMEDOUT)$/.test(code)) {
    return `nobody listens there (${code}); see that it runs and that its fleet port can be reached`;
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return `this port is not its fleet port (${code})`;
  }
  return message.split("\n")[0] ?? code;
}

async function ask(
  { host, port }: FleetAddress,
  method: "GET" | "POST",
  path: string,
  tls: { readonly ca?: string; readonly rejectUnauthorized?: boolean },
  body?: string,
): Promise<FleetAnswer> {
  return await new Promise((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(
        new TeburaError(
          "GATEWAY_UNREACHABLE",
          `cannot ask the gateway at ${host}:${port}: ${reasonOf(cause)}`,
          { cause },
        ),
      );
    const options = {
      host,
      port,
      method,
      path,
      ...tls,
      minVersion: "TLSv1.3",
      timeout: answerMsMax,
    } as const;
    const asking = request({ ...options, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) asking.destroy(new Error("its answer is too long"));
        else chunks.push(chunk);
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      answer.on("error", failed);
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer in time")));
    asking.on("error", failed);
    asking.end(body);
  });
}
