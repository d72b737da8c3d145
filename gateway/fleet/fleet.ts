import type { KeyObject } from "node:crypto";
import { errorCodeOf } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { sealOrder } from "#contract/orders.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { Admission } from "./admission.ts";
import { type AuthorityFiles, DeviceAuthority } from "./authority.ts";
import { FleetServer } from "./fleet-server.ts";
import { type PlaceCheck, placeCheck } from "./known-boxes.ts";
import { Members } from "./members.ts";
import { ServerContext } from "./server-context.ts";

export interface FleetOptions {
  readonly files: AuthorityFiles & { readonly members: string };
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Names and addresses under which boxes reach this gateway. */
  readonly hosts: readonly string[];
  readonly devices: DeviceRegistry;
  readonly privateKey: KeyObject;
  readonly gatewayKey: KeyObject;
  readonly pseudonymKey: string;
  rotationKey(): string;
  readonly clock: Clock;
  readonly log: Log;
  brokerUrl(host: string): string;
  /** Gives a box that was revoked its order, if it is connected, and ends its connection. */
  expel(device: DeviceId, order: string): Promise<void>;
}

/** How long a revocation that another process wrote may go unseen. */
const lookEveryMs = 1_000;

/** Who belongs to the fleet: invitations, certificates, and the end of both. */
export class Fleet implements AsyncDisposable {
  readonly authority: DeviceAuthority;
  readonly admission: Admission;
  /** Which boxes may be given a place. */
  readonly placeCheck: PlaceCheck;
  readonly context: ServerContext;
  readonly #options: FleetOptions;
  readonly #members: Members;
  readonly #server: FleetServer;
  readonly #revocations: Rounds;
  /** Boxes that were revoked and have not been cut off: one that cannot be holds up no other. */
  readonly #toExpel = new Map<DeviceId, "never-tried" | "failed">();

  constructor(options: FleetOptions) {
    this.#options = options;
    const { files, clock, hosts, host, port } = options;
    const work = async () => await this.#followRevocations();
    const failed = "fleet.revocations-unread";
    this.#revocations = new Rounds(options, { everyMs: lookEveryMs, failed, work });
    this.authority = new DeviceAuthority(files, clock);
    this.#members = new Members(files.members);
    this.placeCheck = placeCheck({ ...options, members: this.#members });
    this.context = new ServerContext(this.authority, hosts);
    const { authority } = this;
    this.admission = new Admission({ ...options, authority, members: this.#members });
    this.#server = new FleetServer({
      ...{ host, port, clock, context: this.context, admission: this.admission },
      orderToLeave: (device) => this.orderToLeave(device),
    });
  }

  /** Where boxes join; 0 before `start`. */
  get port(): number {
    return this.#server.port;
  }

  async start(): Promise<void> {
    this.context.start(this.#options);
    await this.#server.start();
    this.#revocations.start();
  }

  /** An invitation's secret, for one named box or for whichever comes. Throws USAGE. */
  invite(device: DeviceId | undefined, validMs: number): string {
    return this.#members.invite(device, this.#options.clock.wall(), validMs);
  }

  async orderToLeave(device: DeviceId): Promise<string> {
    const { clock, privateKey } = this.#options;
    return await sealOrder({ v: 1, device, order: "leave", at: clock.wall() }, privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#revocations[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await this.context[Symbol.asyncDispose]();
    this.#members[Symbol.dispose]();
  }

  /** `tebura fleet revoke` is another process: it writes to the registry, and this looks there. */
  async #followRevocations(): Promise<void> {
    const { devices, expel, log } = this.#options;
    for (const device of devices.refresh()) {
      log("fleet.revoked", { device });
      this.#toExpel.set(device, "never-tried");
    }
    for (const [device, tried] of this.#toExpel) {
      try {
        await expel(device, await this.orderToLeave(device));
        this.#toExpel.delete(device);
      } catch (error) {
        // Said once: it is tried again every second.
        if (tried === "never-tried") log("fleet.expel-failed", { device, code: codeOf(error) });
        this.#toExpel.set(device, "failed");
      }
    }
  }
}

const codeOf = (error: unknown): string => errorCodeOf(error) ?? "UNEXPECTED";
