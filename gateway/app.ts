import type { KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { passwordProves } from "#contract/connect.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId } from "#contract/ids.ts";
import { pseudonymsUnder } from "#contract/pseudonym.ts";
import { type Answer, sealAnswer } from "#contract/receipts.ts";
import type { Clock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { keyPairFile, secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { ApiKeys } from "./api/api-keys.ts";
import { EventFeed } from "./api/event-feed.ts";
import { HttpServer } from "./api/server.ts";
import { EmbeddedBroker } from "./broker/embedded.ts";
import { ExternalBroker } from "./broker/external.ts";
import type { Transport } from "./broker/transport.ts";
import { type GatewayConfig, gatewayFiles } from "./config.ts";
import { Desk } from "./desk/desk.ts";
import type { EvidenceVault } from "./evidence/evidence-vault.ts";
import type { PersonForgetter } from "./evidence/forget-person.ts";
import { openForgetter, openVault } from "./evidence/open-vault.ts";
import { Family } from "./family/family.ts";
import { ownHosts } from "./fleet/authority.ts";
import { Fleet } from "./fleet/fleet.ts";
import type { Galleries } from "./gallery/galleries.ts";
import { openGalleries } from "./gallery/open-galleries.ts";
import { RotationSecret } from "./gallery/rotation-secret.ts";
import { Ingest } from "./ingest/ingest.ts";
import { Quarantine } from "./ingest/quarantine.ts";
import { Ledger, type LedgerEntry } from "./ledger/ledger.ts";
import { HeadSigner } from "./ledger/merkle/head-signer.ts";
import { type Verdict, verifyLedger } from "./ledger/verify.ts";
import { BoxLists } from "./lists/box-lists.ts";
import { openDoors } from "./open-doors.ts";
import { auditInLedger } from "./persons/audit-events.ts";
import { openPersons, personFiles } from "./persons/open-persons.ts";
import type { PersonRegistry } from "./persons/person-registry.ts";
import { Policies } from "./policy/policies.ts";
import { DeviceRegistry } from "./registry/device-registry.ts";
import { DeviceStatus } from "./registry/device-status.ts";
import { HealthDesk } from "./registry/health-desk.ts";
import { Residents } from "./resident/residents.ts";
import { RetentionKeeper } from "./retention/retention.ts";
import { openSchool } from "./school/open-school.ts";
import type { School } from "./school/school.ts";
import { Services } from "./services.ts";
import { relyingPartyAt } from "./sign-in/relying-party.ts";
import { Staff } from "./staff/staff.ts";
import { CardRegistry } from "./step-up/card-registry.ts";
import { NonceLeases } from "./step-up/nonce-leases.ts";
import { openJudge } from "./step-up/open-judge.ts";
import type { KeptViews } from "./views/kept-views.ts";
import { openViews } from "./views/open-views.ts";

export interface GatewayPorts {
  readonly clock: Clock;
  readonly log: Log;
}

/** Where a gateway that runs is found. */
export interface Started {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  /** Where people sign in. */
  readonly pageUrl: string;
  /** The code for the first administrator, while there is none. */
  readonly firstStart?: { readonly code: string; readonly expiresAt: number };
}
/** The service behind the broker. Building opens its files; `start` opens its ports. */
export class Gateway implements AsyncDisposable {
  readonly publicKey: KeyObject;
  readonly ledger: Ledger;
  /** What the ledger's events commit to. */
  readonly vault: EvidenceVault;
  readonly devices: DeviceRegistry;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly cards: CardRegistry;
  readonly desk: Desk;
  readonly fleet: Fleet;
  readonly persons: PersonRegistry;
  readonly forgetter: PersonForgetter;
  readonly apiKeys: ApiKeys;
  /** Consents, sealed galleries, deletions and their proof. */
  readonly galleries: Galleries;
  readonly school: School;
  readonly staff: Staff;
  readonly family: Family;
  /** Accounts of people at their own page. */
  readonly residents: Residents;
  /** What boxes hold to work alone, and the names that they hand over when they are back. */
  readonly boxLists: BoxLists;
  readonly services: Services;
  /** The policy tables that were signed here. */
  readonly policies: Policies;
  readonly #nonces: NonceLeases;
  readonly #config: GatewayConfig;
  readonly #ports: GatewayPorts;
  readonly #privateKey: KeyObject;
  readonly #transport: Transport;
  readonly #views: KeptViews;
  readonly #signer: HeadSigner;
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
    this.vault = openVault(config.dataDir, this.ledger);
    this.#parts.defer(() => this.vault[Symbol.dispose]());
    this.devices = new DeviceRegistry(files.devices);
    this.#parts.defer(() => this.devices[Symbol.dispose]());
    this.quarantine = new Quarantine(files.quarantine);
    this.#parts.defer(() => this.quarantine[Symbol.dispose]());
    this.#nonces = new NonceLeases(files.nonces);
    this.#parts.defer(() => this.#nonces[Symbol.dispose]());
    this.cards = new CardRegistry(files.cards, config.stepUp.unknownCard, (service, person) =>
      this.persons.personOf(service, person),
    );
    this.#parts.defer(() => this.cards[Symbol.dispose]());
    this.policies = new Policies({
      ...{ path: files.policies, settings: config },
      record: (body) => this.desk.record(body),
      send: (device, sealed) => this.#transport.send(device, "policy", sealed),
    });
    this.#parts.defer(() => this.policies[Symbol.dispose]());
    this.#views = this.#parts.use(
      openViews({ config, ports, ledger: this.ledger, policies: this.policies }),
    );
    const privateKey = this.#privateKey;
    this.#signer = new HeadSigner({ ledger: this.ledger, ...ports, privateKey });
    this.fleet = this.#openFleet();
    this.#transport = this.#createTransport();
    this.ingest = new Ingest({
      ledger: this.ledger,
      ...{ quarantine: this.quarantine, vault: this.vault },
      judge: openJudge(config, ports, { nonces: this.#nonces, cards: this.cards }),
      clock: ports.clock,
      log: ports.log,
      keyOf: (device) => this.#keyOf(device),
      answer: (device, answer) => this.#answer(device, answer),
      onEntry: (entry, event) => this.#onEntry(entry, event),
    });
    this.desk = this.#openDesk(files.deskKey);
    this.boxLists = this.#openBoxLists();
    this.persons = this.#openPersons();
    this.forgetter = openForgetter(this, config, ports);
    this.apiKeys = new ApiKeys(personFiles(config.dataDir).apiKeys);
    this.#parts.defer(() => this.apiKeys[Symbol.dispose]());
    const inside = { views: this.#views, status: this.#status, transport: this.#transport };
    const own = { config, ports, privateKey: this.#privateKey, ...inside };
    this.galleries = this.#parts.use(openGalleries(this, own));
    this.school = this.#parts.use(
      openSchool({
        ...{ config, ports, registry: this.persons, privateKey: this.#privateKey },
        ...{ views: this.#views, status: this.#status, desk: this.desk, rules: this.policies.live },
      }),
    );
    this.services = this.#openServices();
    relyingPartyAt(config.signIn?.publicUrl, config.httpPort); // A mistake is told at the start.
    this.staff = new Staff(files.staff, config.signIn?.sessions);
    this.#parts.defer(() => this.staff[Symbol.dispose]());
    this.family = new Family(files.family);
    this.#parts.defer(() => this.family[Symbol.dispose]());
    this.residents = new Residents(config.dataDir);
    this.#parts.defer(() => this.residents[Symbol.dispose]());
  }

  async start(signal: AbortSignal): Promise<Started> {
    this.#foldLedger();
    const { log } = this.#ports;
    this.#parts.use(this.#signer);
    this.#signer.start();
    this.#parts.use(this.#transport);
    this.#parts.use(this.ingest);
    const healthDesk = this.#openHealthDesk();
    await this.#transport.start((device, channel, payload) => {
      if (channel === "events") this.ingest.accept(device, payload);
      if (channel === "health") void healthDesk.hear(device, payload);
      if (channel === "gallery-reports") this.galleries.accept(device, payload);
      if (channel === "handovers") void this.#onHandover(device, payload);
    }, signal);
    this.galleries.start();
    this.#parts.use(this.#openRetention()).start();
    this.#parts.use(this.fleet);
    await this.fleet.start();
    this.school.start();
    const isBehindProxy = this.#config.signIn?.publicUrl !== undefined;
    const opened = openDoors(this, this.#ports, () => party(), isBehindProxy);
    this.#parts.use(opened.courier).start();
    const http = new HttpServer({
      host: this.#config.host,
      port: this.#config.httpPort,
      bounds: this.#config.httpBounds,
      clock: this.#ports.clock,
      gateway: this,
      ...{ views: this.#views, feed: this.#feed, status: this.#status },
      transport: this.#transport,
      ...{ timeZone: this.#config.timeZone, log },
      doors: opened.doors,
    });
    const party = () => relyingPartyAt(this.#config.signIn?.publicUrl, http.port);
    this.#parts.use(http);
    await http.start();
    const firstStart = await this.staff.firstStart(this.#ports.clock.wall());
    const urls = { httpUrl: http.url, pageUrl: party().origin, mqttUrl: this.#transport.url };
    return firstStart ? { ...urls, firstStart } : urls;
  }

  registerDevice(device: DeviceId, publicKey: KeyObject): void {
    this.devices.add(device, publicKey, this.#ports.clock.wall());
  }

  /** Signs a head over all that the ledger holds, for whoever asks for a proof now. */
  async signHead(): Promise<void> {
    await this.#signer.sign();
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
    if (mqtt.kind === "inside") return mqtt.transport;
    if (mqtt.kind === "external") return this.#externalBroker(mqtt.url);
    return new EmbeddedBroker({
      host,
      port: mqtt.port,
      tls: mqtt.tls ? this.fleet.context : undefined,
      log: this.#ports.log,
      clock: this.#ports.clock,
      authenticate: async (device, password) => {
        const known = this.devices.get(device);
        const proved = known && (await passwordProves(device, password, known.publicKey));
        if (!proved) return "stranger";
        return known.status === "active" ? "member" : "revoked";
      },
      orderToLeave: (device) => this.fleet.orderToLeave(device),
    });
  }

  #openDesk(keyFile: string): Desk {
    const { ledger } = this;
    const { clock } = this.#ports;
    const { privateKey, publicKey } = keyPairFile(keyFile);
    this.registerDevice(deskDevice, publicKey);
    const onEntry = (entry: LedgerEntry, event: Event) => this.#onEntry(entry, event);
    return this.#parts.use(new Desk({ ledger, clock, privateKey, onEntry }));
  }

  /** Every look at people is in the ledger before anything is shown. */
  #openPersons(): PersonRegistry {
    const { dataDir } = this.#config;
    const pseudonymOf = pseudonymsUnder(secretBytesFile(personFiles(dataDir).pseudonyms));
    const audit = auditInLedger((body) => this.desk.record(body), pseudonymOf);
    const persons = openPersons(dataDir, { clock: this.#ports.clock, audit });
    this.#parts.defer(() => persons[Symbol.dispose]());
    return persons.registry;
  }

  #externalBroker(url: string): ExternalBroker {
    if (!/^(mqtts|wss):/.test(url)) return new ExternalBroker(url);
    const { authority } = this.fleet;
    const { key, pem } = authority.certifyServer(["tebura-gateway"]);
    return new ExternalBroker(url, { key, cert: pem, ca: authority.certificate });
  }

  #openFleet(): Fleet {
    const { dataDir, host, fleet, mqtt } = this.#config;
    const files = gatewayFiles(dataDir);
    return new Fleet({
      files,
      ...{ host, port: fleet.port, hosts: fleet.hosts.length > 0 ? fleet.hosts : ownHosts(host) },
      devices: this.devices,
      privateKey: this.#privateKey,
      gatewayKey: this.publicKey,
      pseudonymKey: secretBytesFile(personFiles(dataDir).pseudonyms).toString("base64url"),
      rotationKey: () => Buffer.from(new RotationSecret(files.rotation).seed).toString("base64url"),
      ...this.#ports,
      brokerUrl: (asked) => {
        if (mqtt.kind === "external") return fleet.brokerUrl ?? mqtt.url;
        const url = new URL(this.#transport.url);
        url.hostname = asked;
        return url.href;
      },
      expel: (device, order) => this.#transport.expel(device, order),
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

  #openHealthDesk(): HealthDesk {
    const { devices, boxLists, policies, galleries } = this;
    return new HealthDesk({
      ...{ ...this.#ports, devices, status: this.#status, nonces: this.#nonces },
      privateKey: this.#privateKey,
      listeners: [
        { onHealth: async (health) => galleries.heard(health) },
        ...[boxLists, policies.sender],
      ],
      send: (device, channel, sealed) => this.#transport.send(device, channel, sealed),
    });
  }

  async #onHandover(device: DeviceId, payload: Uint8Array): Promise<void> {
    const key = this.#keyOf(device);
    const sealed = Buffer.from(payload).toString("latin1");
    if (key) await this.boxLists.onHandover(device, sealed, key);
  }

  #openBoxLists(): BoxLists {
    const { dataDir, timeZone } = this.#config;
    const lists = new BoxLists({
      rules: this.policies.live,
      ...{ files: gatewayFiles(dataDir), timeZone, privateKey: this.#privateKey, ...this.#ports },
      views: () => this.#views.current,
      record: (body) => this.desk.record(body),
      settleByRegistry: () => this.services.taxiRegistry.settle(),
      names: () => this.services.names,
      protectedNames: () => this.services.protectedPeople.names,
      send: (device, sealed) => this.#transport.send(device, "lists", sealed),
    });
    this.#parts.defer(() => lists[Symbol.dispose]());
    return lists;
  }

  #openServices(): Services {
    const { timeZone, map } = this.#config;
    const { clock, log } = this.#ports;
    return new Services({
      ...{ clock, log, timeZone, map, rules: this.policies.live },
      ...{ ledger: this.ledger, vault: this.vault, views: this.#views },
      ...{ details: this.boxLists.details, privateKey: this.#privateKey, school: this.school },
      ...{ policies: this.policies, persons: this.persons, placeCheck: this.fleet.placeCheck },
      ...{ medicalSource: this.#config.medicalSource, phone: this.#config.phone },
      record: (body) => this.desk.record(body),
      galleries: () => this.galleries,
      status: (device) => this.#status.of(device, clock.wall()),
    });
  }

  #openRetention(): RetentionKeeper {
    const { quarantine, desk, vault } = this;
    return new RetentionKeeper({
      ...{ ...this.#ports, quarantine, vault, rules: this.#config.retention },
      details: this.boxLists.details,
      shelters: () => this.services.shelters,
      record: (body) => desk.record(body),
    });
  }

  /**
   * Views live in memory and are folded from the ledger at each start. Whatever nonce an entry has
   * used is marked again, in case the power went between the ledger's disk and that mark.
   */
  #foldLedger(): void {
    this.#views.fold();
    for (const nonce of this.ledger.evidence.nonces()) this.#nonces.use(nonce);
  }

  #onEntry({ index, device, receivedAt, refusal }: LedgerEntry, event: Event): void {
    this.#views.apply({ index, event, refusal });
    if (refusal === null) this.galleries.recorded(event);
    this.#status.reported(device, receivedAt);
    this.school.onEvent(event);
    this.#feed.publish({ index, event, refusal, receivedAt });
  }
}
