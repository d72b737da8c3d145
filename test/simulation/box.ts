import { digestOf } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import type { SealedEvent } from "#device/delivery/outbox-store.ts";
import { Uplink } from "#device/delivery/uplink.ts";
import { eventIn } from "#gateway/ledger/placed.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { askBody, type CardDeed, CardReader, replayed, type Stolen } from "./card-reader.ts";
import { hierarchy } from "./cards.ts";
import { Disk, damagePage } from "./disk.ts";
import type { Network, WorldLink } from "./network.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";
import { WorldClock } from "./world.ts";

/** What the seed says happened: an event that the box said it had. */
export interface MadeEvent {
  readonly sequence: number;
  readonly digest: Digest;
  readonly event: Event;
  readonly openings: readonly Opening[];
  /** What somebody did with a card, where one is in it. */
  readonly deed?: CardDeed;
}

export interface BoxOptions {
  readonly id: DeviceId;
  readonly number: number;
  readonly path: string;
  readonly world: World;
  readonly network: Network;
  readonly gatewayKey: ReturnType<typeof keyOfSeed>["publicKey"];
  readonly wallOffset: number;
  readonly eventsMax: number;
  onPowerCut(): void;
}

interface Running {
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly link: WorldLink;
  readonly clock: WorldClock;
  readonly reader: CardReader;
}

/** Loops of an uplink that sleep when nothing is under way: the publishing and the heartbeat. */
const uplinkLoops = 2;

/** An appliance without its camera: the real outbox on a real file, and the real uplink. */
export class Box {
  readonly id: DeviceId;
  readonly key: ReturnType<typeof keyOfSeed>;
  readonly disk = new Disk();
  readonly made: MadeEvent[] = [];
  readonly refusedWith = new Map<string, number>();
  /** How often a damaged event or file was noticed. */
  damageCount = 0;
  /** Its clock was set wrong at some time: what it says of time is worth less. */
  hasJumped = false;
  readonly #options: BoxOptions;
  #wallOffset: number;
  #hasLostPage = false;
  #running: Running | undefined;

  constructor(options: BoxOptions) {
    this.#options = options;
    this.id = options.id;
    this.key = keyOfSeed(options.number);
    this.#wallOffset = options.wallOffset;
  }

  get isOn(): boolean {
    return this.#running !== undefined;
  }

  get outbox(): Outbox | undefined {
    return this.#running?.outbox;
  }

  get uplink(): Uplink | undefined {
    return this.#running?.uplink;
  }

  async switchOn(): Promise<void> {
    const { id: device, world, network, gatewayKey } = this.#options;
    if (this.#running || this.disk.state === "read-only") return;
    const clock = new WorldClock(world, this.#wallOffset);
    const { privateKey } = this.key;
    const outbox = this.#openOutbox(clock);
    if (!outbox) return;
    const link = network.link(device);
    const readerPath = `${this.#options.path}.nonces`;
    const reader = new CardReader({ device, path: readerPath, wall: () => clock.wall() });
    const uplink = new Uplink({
      ...{ link, device, privateKey, gatewayKey, outbox, clock, log: silentLog },
      health: () => healthOf(device, clock.wall(), outbox, reader.lasting),
      onList: async () => undefined,
      onLease: (lease) => reader.keep(lease),
      onLeave: () => undefined,
      onTime: () => undefined,
    });
    this.#running = { outbox, uplink, link, clock, reader };
    this.#hasLostPage = false;
    await uplink.start();
    await clock.sleepersAre(uplinkLoops);
    world.note(`${device} on at ${outbox.lastSequence}, receipted ${outbox.receiptedSequence}`);
  }

  /** Undefined where a damaged file would have to be mended on a full disk: the box stays off until then. */
  #openOutbox(clock: WorldClock): Outbox | undefined {
    const { id: device, path, world, eventsMax } = this.#options;
    try {
      return new Outbox({
        ...{ path, device, privateKey: this.key.privateKey, eventsMax, open: this.disk.open },
        wall: () => clock.wall(),
        clockQuality: () => "unsynced",
        onDamage: () => {
          this.damageCount += 1;
        },
      });
    } catch (error) {
      if (this.disk.state !== "full" || errorCodeOf(error) !== "DATA_UNWRITABLE") throw error;
      world.note(`${device} cannot be mended on a full disk`);
      return undefined;
    }
  }

  /** The power goes: whatever was under way is lost, the file is as it was committed. */
  async cutPower(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.clock.isStopped = true;
    running.outbox[Symbol.dispose]();
    running.reader[Symbol.dispose]();
    await running.uplink[Symbol.asyncDispose]();
    this.#options.onPowerCut();
    this.#options.world.note(`${this.id} off`);
  }

  /**
   * While the box is off, its memory card loses a page: one at a time, since everything stands there
   * twice and not three times. Where it has lost one, the next waits until that one was noticed.
   */
  damage(where: number): void {
    if (this.#running || this.#hasLostPage) return;
    this.#hasLostPage = true;
    const page = damagePage(this.#options.path, where);
    this.#options.world.note(`${this.id} lost page ${page}`);
  }

  /** Records something; with `cut`, the power goes while it is being recorded. */
  async record(
    body: EventBody,
    cut = false,
    { deed, openings = [] }: { deed?: CardDeed; openings?: readonly Opening[] } = {},
  ): Promise<MadeEvent | undefined> {
    const running = this.#running;
    if (!running) return undefined;
    const recording = running.outbox.append(body, openings).then(
      (event) => this.#note(event, deed),
      (error: unknown) => {
        const code = errorCodeOf(error) ?? "UNEXPECTED";
        this.refusedWith.set(code, (this.refusedWith.get(code) ?? 0) + 1);
        return undefined;
      },
    );
    if (cut) await this.cutPower();
    const made = await recording;
    if (this.#running) await running.clock.sleepersAre(uplinkLoops);
    return made;
  }

  /** Somebody answers an ask of this box with a card; with `cut`, the power goes meanwhile. */
  async useCard(deed: CardDeed, thief: Loot, luck: Random, cut: boolean): Promise<void> {
    const ask = await this.record(askBody);
    const reader = this.#running?.reader;
    if (!ask || !reader) return;
    const { holders } = hierarchy();
    const [holder, other] = [luck.pick(holders), luck.pick(holders)];
    const old = luck.pick([...thief.proofs, undefined]);
    if (deed === "replayed" && !old) return;
    const person = deed === "for another" ? other.person : holder.person;
    const { body, openings } =
      deed === "replayed" && old
        ? replayed(ask.sequence, old)
        : await reader.answer(ask.sequence, holder, person, luck);
    const isOwn = deed === "for another" && other === holder;
    await this.record(body, cut, { deed: isOwn ? "honest" : deed, openings });
    const [opening] = openings;
    const evidence = body.type === "decision.made" ? body.evidence[0] : undefined;
    if (deed !== "honest" || !opening || evidence?.kind !== "card") return;
    thief.proofs.push({ proof: { evidence, opening }, person });
  }

  jumpClock(byMs: number): void {
    this.#wallOffset += byMs;
    this.hasJumped = true;
    this.#running?.clock.jump(byMs);
  }

  #note({ sequence, sealed, openings }: SealedEvent, deed: CardDeed | undefined): MadeEvent {
    const made = { sequence, digest: digestOf(sealed), event: eventIn(sealed), openings };
    const noted = deed === undefined ? made : { ...made, deed };
    this.made.push(noted);
    return noted;
  }
}

/** What somebody who reads along has of others' cards. */
export interface Loot {
  readonly proofs: Stolen[];
}

function healthOf(device: DeviceId, at: WallMs, { lastSequence, depth }: Outbox, nonces: number) {
  return {
    ...{ v: 1 as const, device, at, version: "0.1.0", service: "bus.boarding" as const },
    ...{ source: "camera", sourceState: "streaming", sequence: lastSequence, outboxDepth: depth },
    ...{ framesPerSecond: 0, framesDropped: 0, galleryPeople: 0, nonces },
    cardReader: "virtual" as const,
  };
}
