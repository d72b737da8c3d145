import type { KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { passwordProves } from "#contract/connect.ts";
import type { Event } from "#contract/events.ts";
import { type Health, healthSchema } from "#contract/health.ts";
import type { DeviceId } from "#contract/ids.ts";
import { sealLease } from "#contract/leases.ts";
import { type Answer, sealAnswer } from "#contract/receipts.ts";
import { unseal } from "#contract/seal.ts";
import type { Clock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { EventFeed } from "./api/event-feed.ts";
import { HttpServer } from "./api/server.ts";
import { EmbeddedBroker } from "./broker/embedded.ts";
import { ExternalBroker } from "./broker/external.ts";
import type { Transport } from "./broker/transport.ts";
import { Ingest } from "./ingest/ingest.ts";
import { Quarantine } from "./ingest/quarantine.ts";
import { Ledger, type LedgerEntry } from "./ledger/ledger.ts";
import { HeadSigner } from "./ledger/merkle/head-signer.ts";
import { placed } from "./ledger/placed.ts";
import { type Verdict, verifyLedger } from "./ledger/verify.ts";
import { DeviceRegistry } from "./registry/device-registry.ts";
import { DeviceStatus } from "./registry/device-status.ts";
import { CardRegistry, type UnknownCardRule } from "./step-up/card-registry.ts";
import { nonceIn, StepUpJudge, type StepUpRules } from "./step-up/judge.ts";
import { NonceLeases } from "./step-up/nonce-leases.ts";
import { Views } from "./views/views.ts";

export interface GatewayConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly mqtt:
    | { readonly kind: "embedded"; readonly port: number }
    | { readonly kind: "external"; readonly url: string };
  readonly timeZone: string;
  readonly stepUp: StepUpRules & {
    readonly unknownCard: UnknownCardRule;
    /** Anchors, CRLs and OCSP responses; unset, `trust` in the data folder. */
    readonly trustDir?: string | undefined;
  };
}

export interface GatewayPorts {
  readonly clock: Clock;
  readonly log: Log;
}

/** Files of a gateway's data folder. */
export function gatewayFiles(dataDir: string) {
  return {
    key: join(dataDir, "gateway.key"),
    publicKey: join(dataDir, "gateway.pub"),
    ledger: join(dataDir, "ledger.db"),
    devices: join(dataDir, "devices.db"),
    quarantine: join(dataDir, "quarantine.db"),
    nonces: join(dataDir, "nonces.db"),
    cards: join(dataDir, "cards.db"),
    trust: join(dataDir, "trust"),
  };
}

/** The service behind the broker. Building opens its files; `start` opens its ports. */
export class Gateway implements AsyncDisposable {
  readonly publicKey: KeyObject;
  readonly ledger: Ledger;
  readonly devices: DeviceRegistry;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly cards: CardRegistry;
  readonly #nonces: NonceLeases;
  readonly #config: GatewayConfig;
  readonly #ports: GatewayPorts;
  readonly #privateKey: KeyObject;
  readonly #transport: Transport;
  readonly #views: Views;
  readonly #feed = new EventFeed();
  readonly #status = new DeviceStatus();
  readonly #parts = new Disposables();

  constructor(config: GatewayConfig, ports: GatewayPorts) {
    this.#config = config;
    this.#ports = ports;
    const files = gatewayFiles(config.dataDir);
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    ({ privateKey: this.#privateKey, publicKey: this.publicKey } = keyPairFile(files.key));
    writeFileSync(files.publicKey, this.publicKey.export({ type: "spki", format: "pem" }));
    this.ledger = new Ledger(files.ledger);
    this.#parts.defer(() => this.ledger[Symbol.dispose]());
    this.devices = new DeviceRegistry(files.devices);
    this.#parts.defer(() => this.devices[Symbol.dispose]());
    this.quarantine = new Quarantine(files.quarantine);
    this.#parts.defer(() => this.quarantine[Symbol.dispose]());
    this.#nonces = new NonceLeases(files.nonces);
    this.#parts.defer(() => this.#nonces[Symbol.dispose]());
    this.cards = new CardRegistry(files.cards, config.stepUp.unknownCard);
    this.#parts.defer(() => this.cards[Symbol.dispose]());
    this.#views = new Views(config.timeZone);
    this.#transport = this.#createTransport();
    this.ingest = new Ingest({
      ledger: this.ledger,
      quarantine: this.quarantine,
      judge: this.#createJudge(),
      clock: ports.clock,
      log: ports.log,
      keyOf: (device) => this.#keyOf(device),
      answer: (device, answer) => this.#answer(device, answer),
      onEntry: (entry, event) => this.#onEntry(entry, event),
    });
  }

  async start(signal: AbortSignal): Promise<{ httpUrl: string; mqttUrl: string }> {
    this.#foldLedger();
    const { clock, log } = this.#ports;
    const privateKey = this.#privateKey;
    const signer = new HeadSigner({ ledger: this.ledger, clock, log, privateKey });
    this.#parts.use(signer);
    signer.start();
    this.#parts.use(this.#transport);
    this.#parts.use(this.ingest);
    await this.#transport.start((device, channel, payload) => {
      if (channel === "events") this.ingest.accept(device, payload);
      if (channel === "health") void this.#onHealth(device, payload);
    }, signal);
    const http = new HttpServer({
      host: this.#config.host,
      port: this.#config.httpPort,
      clock: this.#ports.clock,
      gateway: this,
      views: this.#views,
      feed: this.#feed,
      status: this.#status,
      transport: this.#transport,
    });
    this.#parts.use(http);
    await http.start();
    return { httpUrl: http.url, mqttUrl: this.#transport.url };
  }

  registerDevice(device: DeviceId, publicKey: KeyObject): void {
    this.devices.add(device, publicKey, this.#ports.clock.wall());
  }

  async verifyLedger(): Promise<Verdict> {
    return await verifyLedger(
      this.ledger,
      (device) => this.devices.get(device)?.publicKey,
      this.publicKey,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }

  #createTransport(): Transport {
    const { mqtt, host } = this.#config;
    if (mqtt.kind === "external") return new ExternalBroker(mqtt.url);
    return new EmbeddedBroker({
      host,
      port: mqtt.port,
      log: this.#ports.log,
      clock: this.#ports.clock,
      authenticate: async (device, password) => {
        const key = this.#keyOf(device);
        return key !== undefined && (await passwordProves(device, password, key));
      },
    });
  }

  #createJudge(): StepUpJudge {
    const { clock } = this.#ports;
    const { trustDir, ...rules } = this.#config.stepUp;
    const folder = new TrustFolder(
      trustDir ?? gatewayFiles(this.#config.dataDir).trust,
      this.#ports,
    );
    return new StepUpJudge({
      ...{ rules, nonces: this.#nonces, cards: this.cards },
      trust: () => folder.trust,
      wall: () => clock.wall(),
    });
  }

  /** The key of a box that may report; a revoked one may not. */
  #keyOf(device: DeviceId): KeyObject | undefined {
    const known = this.devices.get(device);
    return known?.status === "active" ? known.publicKey : undefined;
  }

  async #answer(device: DeviceId, answer: Answer): Promise<void> {
    await this.#transport.send(device, "receipts", await sealAnswer(answer, this.#privateKey));
  }

  async #onHealth(device: DeviceId, payload: Uint8Array): Promise<void> {
    const key = this.#keyOf(device);
    if (!key) return;
    try {
      const sealed = Buffer.from(payload).toString("latin1");
      const bytes = await unseal("tebura-health+jws", sealed, device, key);
      const health: Health = healthSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
      if (health.device !== device) return;
      const now = this.#ports.clock.wall();
      this.#status.heard(health, now);
      if (health.cardReader === "none") return; // Nobody can put a card down there.
      for (const lease of this.#nonces.leasesFor(device, health.nonces, now)) {
        await this.#transport.send(device, "leases", await sealLease(lease, this.#privateKey));
      }
    } catch {
      this.#ports.log("health.refused", { device, code: "EVENT_MALFORMED" });
    }
  }

  /**
   * Views live in memory and are folded from the ledger at each start. Whatever nonce an entry has
   * used is marked again, in case the power went between the ledger's disk and that mark.
   */
  #foldLedger(): void {
    for (;;) {
      const page = this.ledger.after(this.#views.index, 1_000);
      if (page.length === 0) return;
      for (const entry of page) {
        const event = placed(entry);
        this.#views.apply(event);
        const nonce = event.refusal === null ? nonceIn(event.event) : undefined;
        if (nonce !== undefined) this.#nonces.use(nonce);
      }
    }
  }

  #onEntry({ index, device, receivedAt, refusal }: LedgerEntry, event: Event): void {
    this.#views.apply({ index, event, refusal });
    this.#status.reported(device, receivedAt);
    this.#feed.publish({ index, event, refusal, receivedAt });
  }
}
