import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, PersonId } from "#contract/ids.ts";
import {
  type CardNameOf,
  cardNamesUnder,
  type PseudonymOf,
  pseudonymsUnder,
} from "#contract/pseudonym.ts";
import type { Service } from "#contract/services.ts";
import type { SigningCard } from "#device/card/card.ts";
import { trialPolicies } from "#device/card/virtual/trial-authority.ts";
import { Gateway } from "#gateway/app.ts";
import { InsideTransport } from "#gateway/broker/inside.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { Disposables } from "#runtime/disposables.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { CityCards } from "./city-cards.ts";
import { DemoBox, type DemoBoxPorts } from "./demo-box.ts";
import { type Call, clerkOf } from "./demo-call.ts";
import { DemoClock } from "./demo-clock.ts";
import { streets, writeFeed } from "./streets.ts";

/** How many boxes each service has; forty in all. */
const boxesOf: Readonly<Record<string, readonly [Service, number]>> = {
  bus: ["bus.boarding", 14],
  school: ["school.attendance", 8],
  route: ["school.route-watch", 3],
  shelter: ["shelter.check-in", 4],
  taxi: ["taxi.subsidised-ride", 4],
  clinic: ["medical.reception", 2],
  hall: ["event.entry", 2],
  shop: ["payment", 2],
  counter: ["counter", 1],
};

const namesOf = (kind: string): readonly string[] =>
  Array.from({ length: boxesOf[kind]?.[1] ?? 0 }, (_, at) => `${kind}-${at + 1}`);

export const residentCount = 1_000;
/** A Tuesday, from before the first bus on. */
export const dayStart = Date.parse("2026-11-24T05:30:00+09:00");
const policies = [trialPolicies.authentication];
const crlAgeMsMax = 72 * 3_600_000;

/** A city for a day: a real gateway with forty boxes in one process, and a clock that the script sets. */
export class City implements AsyncDisposable {
  readonly clock = new DemoClock(dayStart);
  readonly transport = new InsideTransport();
  readonly cards: CityCards;
  readonly gateway: Gateway;
  readonly boxes = new Map<string, DemoBox>();
  readonly pseudonymOf: PseudonymOf;
  readonly #cardNameOf: CardNameOf;
  readonly residents: readonly PersonId[];
  readonly #cards = new Map<PersonId, Promise<SigningCard>>();
  /** Calls the gateway as a clerk's program does. */
  call: Call = async () => ({ code: "STOPPED" });
  readonly #parts = new Disposables();
  readonly #folder: string;
  #frozen = false;

  constructor(folder: string) {
    this.#folder = folder;
    const dataDir = join(folder, "gateway");
    this.cards = new CityCards(join(folder, "cards"), this.clock.wall());
    this.cards.publish();
    this.gateway = new Gateway(
      {
        ...{ dataDir, host: "127.0.0.1", httpPort: 0, timeZone: "Asia/Tokyo" },
        mqtt: { kind: "inside", transport: this.transport },
        fleet: { port: 0, hosts: ["127.0.0.1"] },
        ...{ map: streets, gtfs: writeFeed(join(folder, "gtfs"), namesOf("bus")) },
        stepUp: {
          ...{ policies, unknownCard: "link", crlAgeMsMax, apartMsMax: 120_000 },
          trustDir: this.cards.trustDir,
        },
      },
      { clock: this.clock, log: silentLog },
    );
    this.#parts.use(this.gateway);
    const secret = secretBytesFile(personFiles(dataDir).pseudonyms);
    this.pseudonymOf = pseudonymsUnder(secret);
    this.#cardNameOf = cardNamesUnder(secret);
    this.residents = Array.from({ length: residentCount }, (_, i) => residentId(i));
  }

  async open(signal: AbortSignal): Promise<{ readonly httpUrl: string }> {
    const { httpUrl } = await this.gateway.start(signal);
    for (const [name, [service]] of Object.entries(boxesOf)) {
      for (const id of namesOf(name)) this.#addBox(id, service);
    }
    for (const box of this.boxes.values()) await box.sayHealth();
    await this.gateway.ingest.settled();
    this.call = clerkOf(this.gateway, httpUrl, this.clock.wall());
    return { httpUrl };
  }

  /** Says so many things at the gateway's desk, in one commit. */
  async say(bodies: readonly EventBody[]): Promise<void> {
    await Promise.all(bodies.map((body) => this.gateway.desk.record(body)));
  }

  resident(number: number): PersonId {
    return this.residents[number] as PersonId;
  }

  /** A resident's own card, made when it is first taken out. */
  async cardOf(person: PersonId): Promise<SigningCard> {
    const card = this.#cards.get(person) ?? this.cards.issue("good");
    this.#cards.set(person, card);
    return await card;
  }

  box(id: string): DemoBox {
    const box = this.boxes.get(id);
    if (box) return box;
    throw new Error(`the demonstration has no box ${id}`);
  }

  /** The boxes of a service, in the order of their numbers. */
  boxesFor(service: Service): readonly DemoBox[] {
    return [...this.boxes.values()].filter((box) => box.service === service);
  }

  /** The hour of the day, as a moment; `at("08:05")`. */
  at(time: string): number {
    return Date.parse(`2026-11-24T${time}:00+09:00`);
  }

  /** Cuts every box off, or brings all of them back, at once. */
  set networkIsCut(cut: boolean) {
    this.#frozen = cut;
    for (const box of this.boxes.values()) {
      if (cut) box.goOffline();
      else box.goOnline();
    }
  }

  get networkIsCut(): boolean {
    return this.#frozen;
  }

  async deliverAll(): Promise<void> {
    for (const box of this.boxes.values()) await box.deliver();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }

  #addBox(id: string, service: Service): void {
    const folder = join(this.#folder, "boxes");
    mkdirSync(folder, { recursive: true });
    const trust = new TrustFolder(this.cards.trustDir, { clock: this.clock, log: silentLog });
    const ports: DemoBoxPorts = {
      ...{ folder, clock: this.clock, transport: this.transport, pseudonymOf: this.pseudonymOf },
      cardNameOf: this.#cardNameOf,
      gatewayKey: this.gateway.publicKey,
      cardRules: { policies, crlAgeMsMax, trust: () => trust.trust },
      settled: () => this.gateway.ingest.settled(),
    };
    const box = new DemoBox(id, service, ports);
    this.#parts.defer(() => box[Symbol.dispose]());
    this.gateway.registerDevice(id as DeviceId, box.publicKey);
    this.boxes.set(id, box);
    box.goOnline();
  }
}

/** The same residents each time, of whom nothing is known but a number. */
function residentId(number: number): PersonId {
  const digest = createHash("sha256").update(`resident ${number}`).digest("hex");
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}` as PersonId;
}
