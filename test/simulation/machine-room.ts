import type { KeyObject } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import { healthSchema } from "#contract/health.ts";
import type { DeviceId } from "#contract/ids.ts";
import { sealLease } from "#contract/leases.ts";
import { type Answer, type Receipt, sealAnswer } from "#contract/receipts.ts";
import type { DownChannel } from "#contract/topics.ts";
import { EvidenceKeys } from "#gateway/evidence/evidence-keys.ts";
import { EvidenceVault } from "#gateway/evidence/evidence-vault.ts";
import { Ingest } from "#gateway/ingest/ingest.ts";
import { Quarantine } from "#gateway/ingest/quarantine.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { HeadSigner } from "#gateway/ledger/merkle/head-signer.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { Sealer } from "#gateway/persons/sealer.ts";
import { CardRegistry } from "#gateway/step-up/card-registry.ts";
import { StepUpJudge } from "#gateway/step-up/judge.ts";
import { NonceLeases } from "#gateway/step-up/nonce-leases.ts";
import { Views } from "#gateway/views/views.ts";
import { copyDatabase } from "#runtime/database.ts";
import { silentLog } from "#runtime/log.ts";
import type { keyOfSeed } from "#test/gateway/test-device.ts";
import { cardNameOf, cardRules, hierarchy } from "./cards.ts";
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
  answer(device: DeviceId, sealed: Promise<string>, channel?: DownChannel): void;
  onDeath(): void;
  /** A ledger in the ledger's place, for a gateway with a bug in it. */
  faulty(ledger: Ledger): Ledger;
}

/** What "tebura ledger backup" copies together, as far as it matters here. */
const copied = ["nonces", "cards", "ledger", "evidence-keys"] as const;
/** How far what a card signed may lie from its event. */
const apartMsMax = 60_000;

/** One life of the gateway's process. */
interface Life {
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly vault: EvidenceVault;
  readonly ingest: Ingest;
  readonly signer: HeadSigner;
  readonly views: Views;
  readonly leases: NonceLeases;
  readonly cards: CardRegistry;
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
  #copy: { readonly endings: string; readonly kept: number } | undefined;
  deaths = 0;
  /** Step-ups that were proved, in all its lives. */
  stepUps = 0;
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
    return this.#path("ledger");
  }

  #path(name: (typeof copied)[number]): string {
    return `${this.#options.folder}/${name}.db`;
  }

  switchOn(): void {
    const { folder, world, random, key, keyOf, faulty } = this.#options;
    if (this.#life) return;
    const ledger = new Ledger(this.ledgerPath, { open: this.disk.open });
    const quarantine = new Quarantine(`${folder}/quarantine.db`);
    const leases = new NonceLeases(
      this.#path("nonces"),
      drawnBy(random.fork(`nonces ${this.deaths}`)),
    );
    const cards = new CardRegistry(this.#path("cards"));
    const views = new Views("Asia/Tokyo");
    const keys = new EvidenceKeys(this.#path("evidence-keys"), new Sealer(Buffer.alloc(32, 6)));
    const vault = new EvidenceVault(keys, ledger);
    foldInto(views, ledger);
    for (const nonce of ledger.evidence.nonces()) leases.use(nonce);
    // Moments at which a process may die are drawn from a stream of each life, one after the other.
    const luck = random.fork(`life ${this.deaths}`);
    const mayDie = () => {
      const isAlive = this.#life === life && !this.#isImmortal;
      if (isAlive && luck.chance(this.#options.death)) this.die();
    };
    const life: Life = {
      ...{ ledger, quarantine, vault, views, leases, cards },
      ingest: new Ingest({
        ...{ ledger: faulty(ledger), quarantine, vault, log: silentLog, keyOf },
        judge: new StepUpJudge({
          ...{ rules: { ...cardRules, apartMsMax }, nonces: leases, cards, cardNameOf },
          trust: () => hierarchy().trust,
          wall: () => this.#clock.wall(),
        }),
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

  /** A box says how it is, and is leased the nonces that it lacks. */
  hear(device: DeviceId, bytes: string): void {
    const leases = this.#life?.leases;
    if (!leases) return;
    for (const lease of leases.leasesFor(device, noncesIn(bytes), this.#clock.wall())) {
      const sealed = sealLease(lease, this.#options.key.privateKey);
      this.#options.answer(device, sealed, "leases");
    }
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
    this.stepUps += life.ingest.counts.stepUps;
    life.ledger[Symbol.dispose]();
    life.quarantine[Symbol.dispose]();
    life.leases[Symbol.dispose]();
    life.vault[Symbol.dispose]();
    life.cards[Symbol.dispose]();
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
    const endings = `copy-${this.#copyCount}`;
    for (const name of copied) copyDatabase(this.#path(name), `${this.#path(name)}.${endings}`);
    this.#copy = { endings, kept: this.kept.length };
    this.#options.world.note(`gateway copied at ${this.#life.ledger.count}`);
  }

  /** The gateway's disk is gone, and another takes over from the last copy. */
  loseDisk(): void {
    const copy = this.#copy;
    if (!copy) return;
    this.die();
    for (const path of copied.map((name) => this.#path(name))) {
      for (const ending of ["-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
      copyFileSync(`${path}.${copy.endings}`, path);
    }
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
    const page = ledger.after(views.index, 1_000).map(placed);
    if (page.length === 0) return;
    for (const entry of page) views.apply(entry);
  }
}

/** How many nonces a box says that it holds. One whose words were bent on their way is asked nothing. */
function noncesIn(health: string): number {
  try {
    const text = Buffer.from(health.split(".")[1] ?? "", "base64url").toString();
    return healthSchema.parse(JSON.parse(text)).nonces;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Nonces that a seed gives again. */
function drawnBy(random: Random): () => string {
  return () => {
    const bytes = Buffer.from(Array.from({ length: 16 }, () => random.int(0, 255)));
    return bytes.toString("base64url");
  };
}
