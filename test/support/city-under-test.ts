import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { joinFleet } from "#device/fleet/join.ts";
import { Membership } from "#device/fleet/membership.ts";
import { openIdentity } from "#device/identity/identity.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import { Gateway } from "#gateway/app.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { PolicyBook } from "#gateway/policy/policy-book.ts";
import type { PhoneVerifier } from "#gateway/step-up/phone-judge.ts";
import { systemClock } from "#runtime/clock.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { silentLog } from "#runtime/log.ts";
import { stepUpRules } from "#test/gateway/gateway-under-test.ts";
import { askWithKey } from "./api-key.ts";
import { type BoxOptions, BoxUnderTest } from "./box-under-test.ts";
import { invitationTo } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import { TrialCards } from "./trial-cards.ts";

/**
 * A whole gateway with its broker, and boxes of its fleet with cameras and cards: what is cut here is the
 * network itself, by stopping the gateway, and what is restarted is read from the disk again.
 */
export class CityUnderTest implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tebura-city-"));
  readonly cards = new TrialCards(join(this.folder, "cards"));
  #gateway: Gateway | undefined;
  httpUrl = "";
  readonly #boxes = new Set<BoxUnderTest>();
  #ports: { readonly mqtt: number; readonly fleet: number } | undefined;
  #ask: ReturnType<typeof askWithKey> = () => Promise.reject(new Error("the network is cut"));

  get gateway(): Gateway {
    if (!this.#gateway) throw new Error("the network is cut");
    return this.#gateway;
  }

  /** Starts the gateway, on the ports that it had before, and with the ends of services that were decided. */
  async connect(serviceTerms: ServiceTerms = [], phone?: PhoneVerifier): Promise<void> {
    const trustDir = this.cards.trustDir;
    this.#ports ??= { mqtt: await freePort(), fleet: await freePort() };
    const { mqtt, fleet } = this.#ports;
    const gateway = new Gateway(
      {
        ...{ dataDir: join(this.folder, "gateway"), host: "127.0.0.1", httpPort: 0 },
        mqtt: { kind: "embedded", port: mqtt, tls: true },
        fleet: { port: fleet, hosts: ["127.0.0.1", "localhost"] },
        ...{ timeZone: "Asia/Tokyo", serviceTerms, phone },
        stepUp: { ...stepUpRules, policies: [this.cards.policy], trustDir },
      },
      { clock: systemClock, log: silentLog },
    );
    const { httpUrl } = await gateway.start(new AbortController().signal);
    this.httpUrl = httpUrl;
    this.#ask = askWithKey(httpUrl, gateway.apiKeys);
    this.#gateway = gateway;
  }

  /** What a view of the gateway shows now. */
  async view<Shown>(name: string): Promise<Shown> {
    const answer = await this.#ask(`/api/views/${name}`);
    return ((await answer.json()) as { view: Shown }).view;
  }

  /** Signs a policy, as `tebura policy sign` does beside a running gateway; gives its version. */
  async sign(policy: object): Promise<number> {
    const files = gatewayFiles(join(this.folder, "gateway"));
    using book = new PolicyBook(files.policies);
    const { privateKey } = keyPairFile(files.key);
    return (await book.sign(policy, systemClock.wall(), privateKey, "a test")).version;
  }

  /** The network is there again after a test that failed while it was cut, so that the others go by their own. */
  async mend({
    task,
  }: {
    readonly task: { readonly result?: { readonly state: string } };
  }): Promise<void> {
    if (task.result?.state === "fail" && !this.#gateway) await this.connect();
  }

  /** The network is gone: nobody answers any box. */
  async cut(): Promise<void> {
    const gateway = this.#gateway;
    this.#gateway = undefined;
    await gateway?.[Symbol.asyncDispose]();
  }

  /** Makes a box join the fleet, and gives the folder of its data. */
  async join(id: string): Promise<string> {
    const dataDir = join(this.folder, id);
    await joinFleet(dataDir, id as DeviceId, invitationTo({ gateway: this.gateway }, id));
    return dataDir;
  }

  /** Starts a box that has joined; the same again after it was stopped, from what is on its disk. */
  async box(id: string, service: Service, options: BoxOptions = {}): Promise<BoxUnderTest> {
    const dataDir = join(this.folder, id);
    const membership = Membership.of(dataDir) ?? new Membership(await this.join(id));
    const box = new BoxUnderTest({
      ...{ dataDir, service, membership, identity: openIdentity(dataDir), cards: this.cards },
      ...options,
    });
    this.#boxes.add(box);
    await box.start();
    return box;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const box of this.#boxes) await box[Symbol.asyncDispose]();
    await this.cut();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
