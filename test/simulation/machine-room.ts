import type { KeyObject } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import type { DeviceId } from "#contract/ids.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { type Answer, type Receipt, sealAnswer } from "#contract/receipts.ts";
import { Ingest } from "#gateway/ingest/ingest.ts";
import { Quarantine } from "#gateway/ingest/quarantine.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { HeadSigner } from "#gateway/ledger/merkle/head-signer.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { StepUpJudge } from "#gateway/step-up/judge.ts";
import { Views } from "#gateway/views/views.ts";
import { copyDatabase } from "#runtime/database.ts";
import { silentLog } from "#runtime/log.ts";
import type { keyOfSeed } from "#test/gateway/test-device.ts";
import { Disk } from "./disk.ts";
import type { Random } from "./random.ts";
import { type World, WorldClock } from "./world.ts";

export interface MachineRoomOptions {
  readonly folder: string;
  readonly world: World;
  readonly random: Random;
  readonly key: ReturnType<typeof keyOfSeed>;
  /** How likely the gateway dies at each of the moments where it may. */
  readonly death: number;
  keyOf(device: DeviceId): KeyObject | undefined;
  answer(device: DeviceId, sealed: Promise<string>): void;
  onDeath(): void;
  /** A ledger in the ledger's place, for a gateway with a bug in it. */
  faulty(ledger: Ledger): Ledger;
}

/** One life of the gateway's process. */
interface Life {
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly signer: HeadSigner;
  readonly views: Views;
}

/** A gateway without its sockets: the real ingest, ledger, tree, judge and views, on real files. */
export class MachineRoom {
  readonly #options: MachineRoomOptions;
  readonly #clock: WorldClock;
  readonly disk = new Disk();
  readonly receipts: Receipt[] = [];
  /** Heads that an auditor was given. */
  readonly kept: string[] = [];
  #life: Life | undefined;
  #waiting: { device: DeviceId; bytes: string }[] = [];
  #isImmortal = false;
  #copyCount = 0;
  /** The newest copy, and how many heads the auditor had when it was made. */
  #copy: { readonly path: string; readonly kept: number } | undefined;
  deaths = 0;
  lossCount = 0;
  /** Receipts that went out before the disk was lost: their events must be there, elsewhere perhaps. */
  receiptsBeforeLoss = 0;

  constructor(options: MachineRoomOptions) {
    this.#options = options;
    this.#clock = new WorldClock(options.world, 1_790_000_000_000);
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get ledgerPath(): string {
    return `${this.#options.folder}/ledger.db`;
  }

  switchOn(): void {
    const { folder, world, random, key, keyOf, faulty } = this.#options;
    if (this.#life) return;
    const ledger = new Ledger(this.ledgerPath, { open: this.disk.open });
    const quarantine = new Quarantine(`${folder}/quarantine.db`);
    const views = new Views("Asia/Tokyo");
    foldInto(views, ledger);
    // Moments at which a process may die are drawn from a stream of each life, one after the other.
    const luck = random.fork(`life ${this.deaths}`);
    const mayDie = () => {
      const isAlive = this.#life === life && !this.#isImmortal;
      if (isAlive && luck.chance(this.#options.death)) this.die();
    };
    const life: Life = {
      ...{ ledger, quarantine, views },
      ingest: new Ingest({
        ...{ ledger: faulty(ledger), quarantine, log: silentLog, keyOf },
        judge: new StepUpJudge(withoutCards(() => this.#clock.wall())),
        clock: {
          wall: () => {
            mayDie(); // Before the commit.
            return this.#clock.wall();
          },
        },
        answer: async (device, answer) => {
          await this.#answer(life, device, answer);
          mayDie(); // Some answers are out, and others are not.
        },
        onEntry: (entry, event) => {
          views.apply({ index: entry.index, event, refusal: entry.refusal });
          mayDie(); // After the commit, before the receipts.
        },
      }),
      signer: new HeadSigner({
        ...{ ledger, log: silentLog, clock: this.#clock, privateKey: key.privateKey },
      }),
    };
    this.#life = life;
    world.note(`gateway on at ${ledger.count}`);
  }

  /** Takes what the network brings; what arrives at the same time is taken together. */
  arrive(device: DeviceId, bytes: string): void {
    if (!this.#life) return;
    this.#waiting.push({ device, bytes });
    if (this.#waiting.length === 1) this.#options.world.after(0, async () => await this.#take());
  }

  async #take(): Promise<void> {
    const ingest = this.#life?.ingest;
    for (const { device, bytes } of this.#waiting.splice(0)) {
      ingest?.accept(device, Buffer.from(bytes, "latin1"));
    }
    await ingest?.settled();
  }

  /** The process dies where it stands: nothing more is written or said. */
  die(): void {
    const life = this.#life;
    if (!life) return;
    this.#life = undefined;
    this.#waiting = [];
    this.deaths += 1;
    life.ledger[Symbol.dispose]();
    life.quarantine[Symbol.dispose]();
    this.#options.world.note("gateway off");
    this.#options.onDeath();
  }

  /** From now on nothing kills it. */
  calm(): void {
    this.#isImmortal = true;
    this.disk.become("sound");
  }

  /** Copies the ledger, as "tebura ledger backup" does, while the gateway runs. */
  backUp(): void {
    if (!this.#life) return;
    this.#copyCount += 1;
    const path = `${this.ledgerPath}.copy-${this.#copyCount}`;
    copyDatabase(this.ledgerPath, path);
    this.#copy = { path, kept: this.kept.length };
    this.#options.world.note(`gateway copied at ${this.#life.ledger.count}`);
  }

  /** The gateway's disk is gone, and another takes over from the last copy. */
  loseDisk(): void {
    const copy = this.#copy;
    if (!copy) return;
    this.die();
    for (const ending of ["-wal", "-shm"]) rmSync(`${this.ledgerPath}${ending}`, { force: true });
    copyFileSync(copy.path, this.ledgerPath);
    // What was said after the copy was made is true no more, and the heads show it.
    this.kept.length = copy.kept;
    this.receiptsBeforeLoss = this.receipts.length;
    this.lossCount += 1;
    this.#options.world.note("gateway lost its disk");
  }

  jumpClock(byMs: number): void {
    this.#clock.jump(byMs);
  }

  /** An auditor comes by and takes the newest head away. */
  async audit(): Promise<void> {
    const life = this.#life;
    if (!life || this.disk.state !== "sound") return;
    await life.signer.sign();
    const head = life.ledger.tree.newestHead();
    if (head) this.kept.push(head.sealed);
  }

  async #answer(life: Life, device: DeviceId, answer: Answer): Promise<void> {
    if (this.#life !== life) return; // The dead say nothing.
    if (answer.kind === "receipt") this.receipts.push(answer.receipt);
    const sealed = sealAnswer(answer, this.#options.key.privateKey);
    this.#options.answer(device, sealed);
    await sealed;
  }
}

/** A view of the whole ledger, as a gateway makes it when it starts. */
export function foldInto(views: Views, ledger: Ledger): void {
  for (;;) {
    const page = ledger.after(views.index, 1_000);
    if (page.length === 0) return;
    for (const entry of page) views.apply(placed(entry));
  }
}

/** The real judge, for events that bring no card: it refuses those that say they did. */
function withoutCards(wall: () => ReturnType<WorldClock["wall"]>) {
  return {
    rules: { policies: [], crlAgeMsMax: 0, apartMsMax: 0 },
    nonces: { flawOf: () => "NONCE_NEVER_ISSUED" as const, use: () => undefined },
    cards: { flawOf: () => undefined, keep: () => undefined },
    trust: () => ({ anchors: [], crls: createCrlShelf([]), ocsp: [] }),
    wall,
  };
}
