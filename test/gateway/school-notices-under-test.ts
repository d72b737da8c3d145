import { execFileSync } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";

/** A certificate of this machine's own, by openssl, and its key. */
export function ownCertificate(folder: string) {
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ],
    { stdio: "pipe" },
  );
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}

export interface Received {
  readonly id: string;
  readonly body: Record<string, unknown> & { readonly text: string; readonly kind: string };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: string;
}

/** A receiver of webhooks that remembers everything, and what it has seen by idempotency key. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** What it answers; a number is a status. */
  answering: (received: Received) => number | Promise<number> = () => 204;
  readonly #server: Server;

  constructor(tls: { readonly key: Buffer; readonly cert: Buffer }) {
    this.#server = createServer(tls, (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const raw = Buffer.concat(parts).toString("utf8");
        const id = String(request.headers["webhook-id"]);
        const one = { id, body: JSON.parse(raw), headers: request.headers, raw };
        this.received.push(one);
        void Promise.resolve(this.answering(one)).then((status) =>
          response.writeHead(status).end(),
        );
      });
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Messages as a receiver has them that honours the key: the first of each. */
  get distinct(): readonly Received[] {
    return this.received.filter(({ id }, i, all) => all.findIndex((one) => one.id === id) === i);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** What Standard Webhooks asks of a receiver. */
export function isSigned({ headers, raw, id }: Received, secret: string): boolean {
  const signed = `${id}.${headers["webhook-timestamp"]}.${raw}`;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key).update(signed).digest();
  const [version, given = ""] = String(headers["webhook-signature"]).split(",");
  const bytes = Buffer.from(given, "base64");
  return version === "v1" && bytes.length === 32 && timingSafeEqual(bytes, expected);
}

interface Mail {
  readonly to: readonly string[];
  readonly head: ReadonlyMap<string, string>;
  readonly text: string;
  readonly isSealed: boolean;
  readonly user: string | undefined;
}

/** A real SMTP server on a loopback address, with STARTTLS and a log-in. */
export class MailReceiver implements AsyncDisposable {
  readonly mails: Mail[] = [];
  /** An SMTP status with which a receiver's address is answered; 0 takes it. */
  answering: (address: string) => number = () => 0;
  readonly #server: SMTPServer;

  constructor(tls: { readonly key: Buffer; readonly cert: Buffer }, password: string) {
    this.#server = new SMTPServer({
      ...tls,
      authMethods: ["PLAIN", "LOGIN"],
      onAuth: ({ username, password: given }, _session, callback) => {
        if (given === password) callback(null, { user: username });
        else callback(Object.assign(new Error("no"), { responseCode: 535 }));
      },
      onRcptTo: ({ address }, _session, callback) => {
        const responseCode = this.answering(address);
        callback(responseCode === 0 ? null : Object.assign(new Error("no"), { responseCode }));
      },
      onData: (stream, session, callback) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          this.mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            ...readMail(Buffer.concat(parts).toString("utf8")),
            ...{ isSealed: session.secure, user: session.user as string | undefined },
          });
          callback();
        });
      },
    });
    this.#server.on("error", () => {}); // A connection that breaks is what some tests are about.
  }

  async start(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server.server, "listening");
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Head and text of a mail of one part. */
function readMail(raw: string): Pick<Mail, "head" | "text"> {
  const [top = "", ...rest] = raw.split("\r\n\r\n");
  const head = new Map(
    top
      .replace(/\r\n[ \t]+/g, " ")
      .split("\r\n")
      .map((line) => {
        const [name = "", ...value] = line.split(": ");
        return [name.toLowerCase(), value.join(": ")] as const;
      }),
  );
  const body = rest.join("\r\n\r\n").trim();
  const encoding = head.get("content-transfer-encoding");
  const quoted = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, "%$1");
  const text =
    encoding === "base64"
      ? Buffer.from(body, "base64").toString("utf8")
      : encoding === "quoted-printable"
        ? decodeURIComponent(quoted)
        : body;
  return { head, text };
}

/** A file with a secret in it. */
export function secretIn(folder: string, name: string, secret: string): string {
  const path = join(folder, name);
  writeFileSync(path, secret, { mode: 0o600 });
  return path;
}
