import { constants } from "node:crypto";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import { Rounds, type RoundsPorts } from "#runtime/rounds.ts";
import type { DeviceAuthority } from "./authority.ts";

/** A server whose certificate can be exchanged while it runs, as node:tls and node:https make them. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

const renewEveryMs = 24 * 3_600_000;

/**
 * The gateway's own certificate, a new one every day: nothing about it has to be looked after, and its
 * key never lies on a disk. TLS 1.3 only (RFC 8446): there is no older client here to be kind to.
 */
export class ServerContext implements AsyncDisposable {
  readonly #authority: DeviceAuthority;
  readonly #hosts: readonly string[];
  readonly #servers: SecureServer[] = [];
  #renewals: Rounds | undefined;
  #secure: SecureContextOptions;

  constructor(authority: DeviceAuthority, hosts: readonly string[]) {
    this.#authority = authority;
    this.#hosts = hosts;
    this.#secure = this.#fresh();
  }

  /** Begins to renew. A gateway whose settings are refused has started nothing that would keep it alive. */
  start(ports: RoundsPorts): void {
    this.#renewals = new Rounds(ports, {
      ...{ everyMs: renewEveryMs, failed: "fleet.not-renewed", begins: "after-a-rest" },
      work: () => this.#renew(),
    });
    this.#renewals.start();
  }

  /** The device authority's certificate, as PEM. */
  get authority(): string {
    return this.#authority.certificate;
  }

  get options(): TlsOptions {
    return this.#secure;
  }

  /** Gives a server each new certificate; connections that are open stay so. */
  follow(server: SecureServer): void {
    this.#servers.push(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewals?.[Symbol.asyncDispose]();
  }

  #renew(): void {
    this.#secure = this.#fresh();
    for (const server of this.#servers) server.setSecureContext(this.#secure);
  }

  #fresh(): SecureContextOptions {
    const { key, pem } = this.#authority.certifyServer(this.#hosts);
    const { certificate: ca } = this.#authority;
    // A resumed session would skip the look at the client's certificate.
    const secureOptions = constants.SSL_OP_NO_TICKET;
    return { key, cert: pem + ca, ca, minVersion: "TLSv1.3", secureOptions };
  }
}
