import type { EventBody, Reason } from "#contract/events.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { Box, Loot } from "./box.ts";
import { type CardDeed, cardDeeds } from "./card-reader.ts";
import type { Parts } from "./parts.ts";
import type { Random } from "./random.ts";

/** What happens to the boxes and the gateway while there is trouble, all of it drawn from the seed. */
export class Troubles {
  readonly #parts: Parts;
  readonly #cardsAreBad: boolean;
  /** What a thief who sees every message has seen. */
  readonly #loot: Loot = { proofs: [] };
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#cardsAreBad = parts.random.fork("cards").chance(0.3);
  }

  begin(): void {
    const { boxes, random } = this.#parts;
    for (const box of boxes) {
      const luck = random.fork(`events ${box.id}`);
      const busyMs = luck.pick([200, 1_000, 5_000]);
      this.#again(luck, busyMs, async () => await recordSome(box, luck));
      const people = random.fork(`cards ${box.id}`);
      this.#again(people, people.pick([2_000, 10_000]), async (fate) => {
        const deed = fate.pick<CardDeed>(["honest", "honest", "honest", ...cardDeeds]);
        await box.useCard(
          deed,
          this.#loot,
          fate.fork(`card ${this.#parts.world.now}`),
          fate.chance(0.05),
        );
      });
      this.#again(
        random.fork(`power ${box.id}`),
        40_000,
        async (fate) => await this.#power(box, fate),
      );
      this.#again(random.fork(`disk ${box.id}`), 60_000, (fate) => this.#disk(box, fate));
      this.#again(random.fork(`net ${box.id}`), 25_000, (fate) => this.#partition(box, fate));
      this.#again(random.fork(`clock ${box.id}`), 40_000, (fate) => box.jumpClock(jumpOf(fate)));
    }
    this.#again(random.fork("room power"), 40_000, (fate) => this.#roomPower(fate));
    this.#again(random.fork("room disk"), 60_000, (fate) => this.#roomDisk(fate));
    this.#again(random.fork("room clock"), 60_000, (fate) =>
      this.#parts.room.jumpClock(jumpOf(fate)),
    );
    this.#again(random.fork("broker"), 60_000, () => this.#parts.network.sever());
    if (random.fork("loss").chance(0.3)) {
      this.#again(random.fork("copy"), 20_000, () => this.#parts.room.backUp());
      this.#again(random.fork("lose"), 60_000, (fate) => this.#loseRoom(fate));
    }
    this.#again(random.fork("audit"), 15_000, async () => await this.#parts.room.audit());
  }

  end(): void {
    this.#isOver = true;
  }

  /** Does something again and again, after waits of which this is the mean. */
  #again(luck: Random, meanMs: number, act: (luck: Random) => void | Promise<void>): void {
    const waitMs = Math.ceil(-Math.log(1 - luck.next()) * meanMs);
    this.#parts.world.after(waitMs, async () => {
      if (this.#isOver) return;
      await act(luck);
      this.#again(luck, meanMs, act);
    });
  }

  /** Undoes something later, in trouble or in calm. */
  #later(delayMs: number, act: () => void | Promise<void>): void {
    this.#parts.world.after(delayMs, async () => {
      if (!this.#isOver) await act();
    });
  }

  async #power(box: Box, luck: Random): Promise<void> {
    await box.cutPower();
    if (this.#cardsAreBad && luck.chance(0.3)) box.damage(luck.next());
    this.#later(luck.int(0, 20_000), async () => await box.switchOn());
  }

  #disk(box: Box, luck: Random): void {
    const state = luck.pick(["full", "read-only"] as const);
    this.#parts.world.note(`${box.id} disk ${state}`);
    box.disk.become(state);
    this.#later(luck.int(100, 20_000), async () => {
      box.disk.become("sound");
      await box.switchOn();
    });
  }

  #partition(box: Box, luck: Random): void {
    const { network, world } = this.#parts;
    world.note(`${box.id} cut off`);
    network.cutOff.add(box.id);
    network.sever(box.id);
    this.#later(luck.pick([500, 5_000, 30_000]), () => void network.cutOff.delete(box.id));
  }

  #loseRoom(luck: Random): void {
    const { room } = this.#parts;
    room.loseDisk();
    this.#later(luck.int(0, 15_000), () => room.switchOn());
  }

  #roomPower(luck: Random): void {
    const { room } = this.#parts;
    room.die();
    this.#later(luck.int(0, 15_000), () => room.switchOn());
  }

  #roomDisk(luck: Random): void {
    const { room, world } = this.#parts;
    const state = luck.pick(["full", "read-only"] as const);
    world.note(`gateway disk ${state}`);
    room.disk.become(state);
    this.#later(luck.int(100, 15_000), () => room.disk.become("sound"));
  }
}

/** One event, or a burst; now and then the power goes in the middle of one. */
async function recordSome(box: Box, luck: Random): Promise<void> {
  const count = luck.chance(0.1) ? luck.int(5, 30) : 1;
  for (let i = 0; i < count && box.isOn; i++) await box.record(bodyOf(luck), luck.chance(0.01));
}

function jumpOf(luck: Random): number {
  return luck.pick([-86_400_000, -3_600_000, -1_000, 1_000, 3_600_000, 400 * 86_400_000]);
}

function bodyOf(luck: Random): EventBody {
  const kind = luck.next();
  if (kind < 0.1) return { type: "device.started", version: "0.1.0", service: "bus.boarding" };
  if (kind < 0.2)
    return { type: "source.changed", source: "camera", state: luck.pick(["dark", "lost"]) };
  const [outcome, reason] = luck.pick<readonly ["admit" | "refuse" | "ask-card", Reason]>([
    ["admit", "face-matched"],
    ["refuse", "face-unknown"],
    ["ask-card", "face-ambiguous"],
    ["admit", "card-proved"], // Without the card's proof: the gateway keeps it, and counts it nowhere.
  ]);
  const person = Buffer.alloc(16, luck.int(0, 255)).toString("base64url") as Pseudonym;
  const withPerson = outcome === "admit" ? { person } : {};
  return {
    type: "decision.made",
    service: "bus.boarding",
    outcome,
    reason,
    ...withPerson,
    evidence: [],
  };
}
