import type { DeviceId } from "#contract/ids.ts";
import type { DownChannel } from "#contract/topics.ts";
import type { Link, LinkListener } from "#device/delivery/link.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How badly the network behaves: shares of messages, and times in milliseconds. */
export interface Weather {
  readonly lost: number;
  /** Messages that others overtake; within a connection the rest keep their order. */
  readonly late: number;
  readonly repeated: number;
  readonly bent: number;
  readonly latencyMsMax: number;
  /** A repeat may come so much later: a broker that kept it. */
  readonly repeatMsMax: number;
}

export interface NetworkPorts {
  readonly world: World;
  readonly random: Random;
  readonly weather: Weather;
  brokerIsUp(): boolean;
  toGateway(device: DeviceId, bytes: string): void;
  healthToGateway(device: DeviceId, bytes: string): void;
  /** The broker's own acknowledgement of an event. */
  onAcknowledged(device: DeviceId, message: string): void;
  /** Every event that a box lets out, before anything happens to it. */
  onPublished(device: DeviceId, message: string): void;
}

/** One direction of a link: nothing that keeps its order arrives before this time. */
interface Lane {
  clearAt: number;
}

/** Brokers, radio and wire between the boxes and the gateway. */
export class Network {
  readonly #ports: NetworkPorts;
  readonly #links = new Map<DeviceId, WorldLink>();
  readonly cutOff = new Set<DeviceId>();
  #calm = false;
  readonly counts = { carried: 0, lost: 0, repeated: 0, bent: 0 };

  constructor(ports: NetworkPorts) {
    this.#ports = ports;
  }

  /** A new link for a box that was switched on. */
  link(device: DeviceId): WorldLink {
    const link = new WorldLink(device, this);
    this.#links.set(device, link);
    return link;
  }

  /** From now on everything arrives. */
  calm(): void {
    this.#calm = true;
    this.cutOff.clear();
  }

  /** Breaks one connection, or all of them. */
  sever(device?: DeviceId): void {
    for (const [id, link] of this.#links) if (device === undefined || id === device) link.sever();
  }

  connectSoon(link: WorldLink): void {
    const { world, random, brokerIsUp } = this.#ports;
    world.after(random.fork(`connect ${link.device} ${world.now}`).int(20, 2_000), async () => {
      if (link.isClosed || link.isUp) return;
      if (!brokerIsUp() || this.cutOff.has(link.device)) this.connectSoon(link);
      else await link.comeUp();
    });
  }

  publish(link: WorldLink, message: string): void {
    const { toGateway, onAcknowledged, onPublished, brokerIsUp } = this.#ports;
    onPublished(link.device, message);
    this.#carry(
      link,
      message,
      (bytes) => {
        if (!brokerIsUp()) return;
        // The broker says that it has it, and what becomes of it then is another matter.
        onAcknowledged(link.device, bytes);
        toGateway(link.device, bytes);
      },
      link.up,
    );
  }

  publishHealth(link: WorldLink, sealed: string): void {
    const { healthToGateway, brokerIsUp } = this.#ports;
    this.#carry(
      link,
      sealed,
      (bytes) => {
        if (brokerIsUp()) healthToGateway(link.device, bytes);
      },
      link.up,
    );
  }

  /** From the gateway; what it says may still be being signed. */
  answer(device: DeviceId, sealed: Promise<string>, channel: DownChannel = "receipts"): void {
    const link = this.#links.get(device);
    if (!link?.isUp) return;
    this.#carry(
      link,
      sealed,
      async (bytes) => {
        if (link.isUp) await link.receive(channel, bytes);
      },
      link.down,
    );
  }

  /** Decides at once what becomes of a message, so that nothing depends on how long signing takes. */
  #carry(
    link: WorldLink,
    sealed: string | Promise<string>,
    arrive: (bytes: string) => void | Promise<void>,
    lane: Lane,
  ): void {
    const { world, random, weather } = this.#ports;
    const { lost, late, repeated, bent, latencyMsMax, repeatMsMax } = weather;
    const luck = random.fork(`carry ${link.device} ${this.counts.carried}`);
    const connection = link.connection;
    this.counts.carried += 1;
    const dies = luck.chance(0.5);
    const isBent = !this.#calm && luck.chance(bent);
    const deliver = (delayMs: number) => {
      world.after(delayMs, async () => {
        const bytes = await sealed;
        if (link.isClosed || (dies && link.connection !== connection)) this.counts.lost += 1;
        else await arrive(isBent ? bend(bytes, luck) : bytes);
      });
    };
    if (isBent) this.counts.bent += 1;
    if (!this.#calm && luck.chance(lost)) this.counts.lost += 1;
    else {
      const arrivesAt = world.now + luck.int(1, this.#calm ? 5 : latencyMsMax);
      const isLate = !this.#calm && luck.chance(late);
      // A late one is overtaken by those behind it; the others wait for those before them.
      if (isLate) deliver(arrivesAt - world.now + latencyMsMax);
      else {
        lane.clearAt = Math.max(lane.clearAt, arrivesAt);
        deliver(lane.clearAt - world.now);
      }
    }
    if (!this.#calm && luck.chance(repeated)) {
      this.counts.repeated += 1;
      deliver(luck.int(1, repeatMsMax));
    }
  }
}

/** Changes one character. */
function bend(bytes: string, luck: Random): string {
  const at = luck.int(0, bytes.length - 1);
  return `${bytes.slice(0, at)}${bytes[at] === "A" ? "B" : "A"}${bytes.slice(at + 1)}`;
}

/** One life of a box's link. */
export class WorldLink implements Link {
  readonly device: DeviceId;
  readonly #network: Network;
  #listener: LinkListener | undefined;
  isUp = false;
  isClosed = false;
  connection = 0;
  readonly up: Lane = { clearAt: 0 };
  readonly down: Lane = { clearAt: 0 };

  constructor(device: DeviceId, network: Network) {
    this.device = device;
    this.#network = network;
  }

  async start(listener: LinkListener): Promise<void> {
    this.#listener = listener;
    this.#network.connectSoon(this);
  }

  publishEvent(message: string): void {
    if (this.isUp) this.#network.publish(this, message);
  }

  publishGalleryReport(): void {}

  publishHealth(sealed: string): void {
    if (this.isUp) this.#network.publishHealth(this, sealed);
  }

  publishHandover(): void {}
  abandon(): void {}
  endBackOff(): void {}

  async comeUp(): Promise<void> {
    this.isUp = true;
    await this.#listener?.onUp();
  }

  async receive(channel: DownChannel, bytes: string): Promise<void> {
    await this.#listener?.onMessage(channel, Buffer.from(bytes, "latin1"));
  }

  sever(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.connection += 1;
    this.#listener?.onDown();
    if (!this.isClosed) this.#network.connectSoon(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    this.isUp = false;
  }
}
