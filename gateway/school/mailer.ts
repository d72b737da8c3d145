import { createTransport } from "nodemailer";
import type { SmtpSettings } from "#firmware-config/school-notices.ts";
import { type Attempt, type NoticeSender, settingsFile } from "./notice-channel.ts";

const timeouts = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000 };
const connectionsMax = 2;

/**
 * Mail through an SMTP server. A notice that goes out twice has the same Message-ID both times, by which
 * mail programs and servers show it once. Throws CONFIG_INVALID for a file that cannot be read.
 */
export function createMailer(settings: SmtpSettings): NoticeSender<"email"> {
  const { host, port, security, user, passwordFile, from, caFile } = settings;
  const setting = "gateway.school.notices.smtp";
  const ca = caFile === undefined ? {} : { ca: settingsFile(caFile, `${setting}.caFile`) };
  const auth =
    user === undefined || passwordFile === undefined
      ? {}
      : { auth: { user, pass: settingsFile(passwordFile, `${setting}.passwordFile`) } };
  const transport = createTransport({
    ...{ host, port, ...auth, ...timeouts, pool: true, maxConnections: connectionsMax },
    ...{ secure: security === "tls", requireTLS: security === "starttls" },
    ignoreTLS: security === "none",
    tls: { ...ca, minVersion: "TLSv1.2" },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  // What fails while nobody sends is told by the next attempt.
  transport.on("error", () => {});
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? "tebura.invalid";
  return {
    async send({ address }, { id, subject, text }, signal): Promise<Attempt> {
      return await stoppedBy(
        signal,
        transport
          .sendMail({
            ...{ from, to: { name: "", address }, subject, text },
            messageId: `<${id}@${domain}>`,
            // RFC 3834: no machine answers it.
            headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          })
          .then((): Attempt => ({ kind: "delivered" }), attemptOf),
      );
    },
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}

/** Whoever stops does not wait for a server: what was begun is sent again later, with the same Message-ID. */
function stoppedBy(signal: AbortSignal, sent: Promise<Attempt>): Promise<Attempt> {
  return new Promise((resolve) => {
    const stop = () => resolve({ kind: "later", code: "STOPPED" });
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void sent.then((attempt) => {
      signal.removeEventListener("abort", stop);
      resolve(attempt);
    });
  });
}

/**
 * RFC 5321, section 4.2.1: 5xx is for ever and 4xx passes. What a server says to our own log-in or sender
 * is no word on the receiver, so it is tried again until somebody has mended it.
 */
function attemptOf(error: unknown): Attempt {
  const {
    code = "SMTP",
    responseCode,
    command,
  } = error as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly command?: string;
  };
  const isOfReceiver = command === "RCPT TO" || command === "DATA";
  if (isOfReceiver && responseCode !== undefined && responseCode >= 500) {
    return { kind: "refused", code: `SMTP_${responseCode}` };
  }
  return { kind: "later", code: responseCode === undefined ? code : `SMTP_${responseCode}` };
}
