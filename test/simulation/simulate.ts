import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { readEventMessage } from "#contract/event-message.ts";
import type { DeviceId } from "#contract/ids.ts";
import { eventIn } from "#gateway/ledger/placed.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { Box } from "./box.ts";
import { MachineRoom } from "./machine-room.ts";
import { Network, type Weather } from "./network.ts";
import type { Parts } from "./parts.ts";
import { committingLater, forgetAcknowledged, loseLastNumber, type Plant } from "./plants.ts";
import { Random } from "./random.ts";
import { Troubles } from "./troubles.ts";
import { verdictOf } from "./verdict.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  /** What does not agree with what the seed says happened; empty when all is well. */
  readonly problems: readonly string[];
  readonly diary: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /** The hash of the ledger's last entry: what two runs of one seed must agree on. */
  readonly head: string;
}

/** How long trouble lasts, and how long everything may then take to settle: milliseconds. */
const troubleMs = 120_000;
const settleMs = 600_000;
const firstBoxKey = 11;
const gatewayKey = keyOfSeed(2);
/** Files in memory where there are some: the trouble that disks make here is made, not met. */
const files = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Everything that one seed brings about, from the first event to the last receipt. */
export async function simulate(seed: number, plant?: Plant): Promise<Outcome> {
  const folder = mkdtempSync(join(files, "tebura-sim-"));
  const simulation = new Simulation(seed, folder, plant);
  try {
    return await simulation.run();
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const { diary } = simulation.world;
    return { seed, problems: [`it threw ${why}`], diary, head: "", counts: {} };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The parts of one seed's world, joined. */
class Simulation implements Parts {
  readonly world = new World();
  readonly random: Random;
  readonly boxes: readonly Box[];
  readonly room: MachineRoom;
  readonly network: Network;
  /** With a broker of its own, the gateway takes it along when it dies. */
  readonly brokerIsEmbedded: boolean;
  /** Digests that were seen on the wire under a device's number. */
  readonly published = new Map<string, Set<string>>();
  readonly #seed: number;
  readonly #plant: Plant | undefined;

  constructor(seed: number, folder: string, plant?: Plant) {
    const random = new Random(`seed ${seed}`);
    const { world } = this;
    this.random = random;
    this.#seed = seed;
    this.#plant = plant;
    this.brokerIsEmbedded = random.chance(0.5);
    this.network = new Network({
      ...{ world, random: random.fork("network"), weather: weatherOf(random.fork("weather")) },
      brokerIsUp: () => !this.brokerIsEmbedded || this.room.life !== undefined,
      toGateway: (device, bytes) => this.room.arrive(device, bytes),
      healthToGateway: (device, bytes) => this.room.hear(device, bytes),
      onAcknowledged: (device, message) => this.#onAcknowledged(device, message),
      onPublished: (device, message) => this.#onPublished(device, message),
    });
    this.room = new MachineRoom({
      ...{ folder, world, random: random.fork("room"), key: gatewayKey },
      death: random.pick([0, 0.001, 0.004]),
      keyOf: (device) => this.boxes.find(({ id }) => id === device)?.key.publicKey,
      answer: (device, sealed, channel) => this.network.answer(device, sealed, channel),
      onDeath: () => {
        if (this.brokerIsEmbedded) this.network.sever();
      },
      faulty: (ledger) =>
        plant === "receipt-before-commit" ? committingLater(ledger, world) : ledger,
    });
    this.boxes = Array.from({ length: random.int(2, 5) }, (_, i) => {
      const path = join(folder, `outbox-${i}.db`);
      const isSet = random.chance(0.6); // Its clock; one that is months off has no use for a lease.
      return new Box({
        ...{ id: `box-${i}` as DeviceId, number: firstBoxKey + i, path, world },
        ...{ network: this.network, gatewayKey: gatewayKey.publicKey },
        wallOffset: 1_790_000_000_000 + (isSet ? 1_000 : 86_400_000) * random.int(-90, 90),
        eventsMax: random.pick([12, 40, 10_000]),
        onPowerCut: () => {
          if (plant === "sequence-used-again") loseLastNumber(path);
        },
      });
    });
  }

  async run(): Promise<Outcome> {
    const { world, boxes, room, network } = this;
    room.switchOn();
    for (const box of boxes) await box.switchOn();
    const troubles = new Troubles(this);
    troubles.begin();
    await world.run(troubleMs);
    troubles.end();
    world.note("calm");
    network.calm();
    room.calm();
    room.switchOn();
    for (const box of boxes) {
      box.disk.become("sound");
      await box.switchOn();
      // A gateway that lost what it had asks for it when it is told of something newer.
      await box.record({ type: "device.started", version: "0.1.0", service: "bus.boarding" });
    }
    const settled = () =>
      room.life !== undefined && boxes.every(({ outbox }) => outbox?.depth === 0);
    await world.run(world.now + settleMs, settled);
    const problems = await verdictOf(this);
    const ledger = room.life?.ledger;
    const head = ledger?.hashBefore(ledger.count + 1) ?? "";
    for (const box of boxes) await box.cutPower();
    room.die();
    return { seed: this.#seed, problems, diary: world.diary, head, counts: this.#counts() };
  }

  #onAcknowledged(device: DeviceId, message: string): void {
    if (this.#plant !== "forget-on-acknowledgement") return;
    const outbox = this.boxes.find(({ id }) => id === device)?.outbox;
    try {
      if (outbox) forgetAcknowledged(outbox, readEventMessage(Buffer.from(message)).sealed);
    } catch (error) {
      if (!errorCodeOf(error)) return; // A message that was bent on its way is nobody's event.
    }
  }

  #onPublished(device: DeviceId, message: string): void {
    const { sealed } = readEventMessage(Buffer.from(message));
    const name = `${device} ${eventIn(sealed).sequence}`;
    const digests = this.published.get(name) ?? new Set<string>();
    this.published.set(name, digests.add(digestOf(sealed)));
  }

  #counts(): Readonly<Record<string, number>> {
    const made = this.boxes.reduce((sum, box) => sum + box.made.length, 0);
    const refused = this.boxes.flatMap((box) => [...box.refusedWith.values()]);
    return {
      ...this.network.counts,
      made,
      notMade: refused.reduce((sum, count) => sum + count, 0),
      gatewayDeaths: this.room.deaths,
      gatewayDisksLost: this.room.lossCount,
      damageNoticed: this.boxes.reduce((sum, box) => sum + box.damageCount, 0),
      headsKept: this.room.kept.length,
      cardsBelieved: this.room.stepUps,
      cardsShown: this.boxes.reduce(
        (sum, box) => sum + box.made.filter(({ deed }) => deed !== undefined).length,
        0,
      ),
    };
  }
}

function weatherOf(random: Random): Weather {
  return {
    lost: random.pick([0, 0.02, 0.1, 0.3]),
    late: random.pick([0, 0, 0.02, 0.3]),
    repeated: random.pick([0, 0.05, 0.3]),
    bent: random.pick([0, 0, 0.01]),
    latencyMsMax: random.pick([5, 50, 800]),
    repeatMsMax: random.pick([50, 5_000, 60_000]),
  };
}
