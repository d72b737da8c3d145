import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { renewAnswerSchema, sealRenewal } from "#contract/membership.ts";
import { openOrder } from "#contract/orders.ts";
import { writeRequest } from "#contract/pki/request.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import { post, refusalIn } from "./fleet-client.ts";
import type { Membership } from "./membership.ts";

export interface RenewalPorts {
  readonly membership: Membership;
  /** The key that signs events: the gateway knows the box by it. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly log: Log;
  isConnected(): boolean;
  /** The gateway says that this box is no member any more. */
  onLeave(): void;
}

const lookEveryMs = 60_000;
/** This long before its certificate runs out a box asks for the next one. */
const aheadMs = 30 * 86_400_000;
/** Cut off for so long, a box asks whether it still belongs: its certificate, or the box, may be the reason. */
const cutOffMs = 10 * 60_000;
const askAgainMs = 60 * 60_000;

/** Keeps a member's certificate fresh, and hears over a second way when the box was revoked. */
export class Renewal implements AsyncDisposable {
  readonly #ports: RenewalPorts;
  readonly #rounds: Rounds;
  #askedAt = Number.NEGATIVE_INFINITY;
  #connectedAt: number;

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
    this.#connectedAt = ports.clock.monotonic();
    const work = async () => await this.#renewWhenDue();
    this.#rounds = new Rounds(ports, { everyMs: lookEveryMs, failed: "fleet.not-renewed", work });
  }

  start(): void {
    this.#rounds.start();
  }

  /**
   * Asks for the next certificate now. True when one was given; false when the box was told to leave.
   * Throws GATEWAY_UNREACHABLE, DEVICE_UNKNOWN or REQUEST_INVALID.
   */
  async renew(): Promise<boolean> {
    const { membership, privateKey, log, onLeave } = this.#ports;
    const { device } = membership.member;
    const request = Buffer.from(writeRequest(membership.tlsKey, device)).toString("base64");
    const sealed = await sealRenewal({ v: 1, device, request }, privateKey);
    const { ca } = membership.credentials;
    const answer = await post(membership.member, "/fleet/renew", sealed, ca);
    if (answer.status === 200) {
      membership.renewed(renewAnswerSchema.parse(JSON.parse(answer.body)));
      log("fleet.renewed", { device });
      return true;
    }
    const order = orderIn(answer.body);
    if (order === undefined) throw refusalIn(answer);
    await openOrder(order, device, membership.gatewayKey);
    onLeave();
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #renewWhenDue(): Promise<void> {
    if (!this.#isDue()) return;
    this.#askedAt = this.#ports.clock.monotonic();
    await this.renew();
  }

  #isDue(): boolean {
    const { membership, clock, isConnected } = this.#ports;
    const now = clock.monotonic();
    if (isConnected()) this.#connectedAt = now;
    if (now - this.#askedAt < askAgainMs) return false;
    return clock.wall() > membership.notAfter - aheadMs || now - this.#connectedAt > cutOffMs;
  }
}

const orderAnswerSchema = z.object({ order: z.string() });

function orderIn(body: string): string | undefined {
  try {
    return orderAnswerSchema.parse(JSON.parse(body)).order;
  } catch {
    return undefined;
  }
}
