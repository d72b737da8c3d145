import { rmSync } from "node:fs";
import type { TrialEnded } from "#contract/bodies/trial.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type Event, parseEvent } from "#contract/events.ts";
import type { Digest, PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { endOf, type ServiceTerms } from "#firmware-config/service-terms.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import { endPhotographs, type PhotographRules } from "./photographs.ts";
import { type Ending, TrialStore } from "./trial-store.ts";

export interface TrialPorts {
  readonly path: string;
  readonly service: Service;
  /** Read each time: a trial is prolonged by another row. */
  terms(): ServiceTerms;
  readonly clock: Clock & { readonly quality: Event["clock"] };
  readonly gallery: Pick<GalleryStore, "state" | "clear" | "persons">;
  /** A copy of the gallery beside it. */
  readonly backup: string;
  /** What becomes of the photographs that people were enrolled from. */
  readonly photographs: PhotographRules;
  readonly outbox: Pick<Outbox, "append" | "read" | "lastSequence">;
  readonly log: Log;
  /** What else of the service's people must go: what is searched in memory, the lists of a network. */
  onDeleted(people: readonly PersonId[]): void;
  /** How many people's names lie on this box beside the gallery: each goes once the gateway holds it. */
  namesHeld(): number;
}

const lookAgainMs = 30_000;
const pageEvents = 256;

/**
 * The end of a service on its box. From that moment nobody is admitted, every template goes, and the box
 * says so in an event that it signs, once the names that it took down are with the gateway and gone as well.
 *
 * What an unsynced clock is worth: to refuse, its word is enough, since a gate leans to the safe side. To
 * delete, it is not, since nobody gets a gallery back: then the last moment counts that was believed (the
 * gateway's or a time server's), and the time that the box has run since. A box that has never known a
 * believable moment has nothing but its own clock, and goes by it.
 */
export class TrialEnd implements AsyncDisposable {
  readonly #ports: TrialPorts;
  readonly #store: TrialStore;
  readonly #rounds: Rounds;
  #floor: { readonly wall: number; readonly monotonic: number } | undefined;
  #looking: Promise<void> = Promise.resolve();

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: TrialPorts) {
    this.#ports = ports;
    this.#store = new TrialStore(ports.path);
    this.#rounds = new Rounds(ports, {
      ...{ everyMs: lookAgainMs, failed: "trial.failed", begins: "after-a-rest" },
      work: async () => await this.look(),
    });
    const { believed } = this.#store;
    if (believed !== undefined) {
      this.#floor = { wall: believed, monotonic: ports.clock.monotonic() };
    }
  }

  /** Nobody is admitted and nobody enrolled any more. */
  get isOver(): boolean {
    const { clock } = this.#ports;
    return this.#endBefore(Math.max(clock.wall(), this.#certain)) !== undefined;
  }

  /** It is certain that the service is over: nothing of its people is kept. */
  get isEnded(): boolean {
    return this.#endBefore(this.#certain) !== undefined;
  }

  /** Looks now, and from then on every half minute. */
  async start(): Promise<void> {
    await this.look();
    this.#rounds.start();
  }

  /** People were enrolled from this folder of photographs. */
  enrolledFrom(folder: string): void {
    this.#store.rememberPhotographs(folder);
  }

  /** Does what is due, one look after the other. Never throws: a disk that is full today is asked again. */
  async look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { service, log } = this.#ports;
    try {
      this.#remember();
      const endsAt = this.#endBefore(this.#certain);
      if (endsAt === undefined) return;
      const ending = this.#store.find(service, endsAt) ?? this.#begun(endsAt);
      if (ending.stage === "told") {
        // Whatever was enrolled since, by a clock that was wrong or on a disk that was put back.
        if (this.#ports.gallery.persons.length > 0) this.#empty();
        await this.#tellWhenGone(ending);
        return;
      }
      if (ending.stage === "begun") this.#delete(ending);
      if (this.#ports.namesHeld() > 0) return;
      await this.#tell(this.#store.find(service, endsAt) as Ending);
    } catch (error) {
      log("trial.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#rounds[Symbol.asyncDispose](), this.#looking]);
    this.#store[Symbol.dispose]();
  }

  /** The earliest that it can be: what is certain to have passed. */
  get #certain(): number {
    const { clock } = this.#ports;
    if (clock.quality !== "unsynced" || !this.#floor) return clock.wall();
    return this.#floor.wall + clock.monotonic() - this.#floor.monotonic;
  }

  #remember(): void {
    const { clock } = this.#ports;
    if (clock.quality === "unsynced" && !this.#floor) return;
    this.#floor = { wall: this.#certain, monotonic: clock.monotonic() };
    this.#store.believe(this.#floor.wall);
  }

  /** The end of the service, where it is over at that moment. */
  #endBefore(at: number): WallMs | undefined {
    const { service, terms } = this.#ports;
    const end = endOf(terms(), service, at);
    return end !== null && at >= end ? (end as WallMs) : undefined;
  }

  #begun(endsAt: WallMs): Ending {
    const { service, gallery, outbox } = this.#ports;
    const { digest: before, people, templates } = gallery.state();
    const toldAfter = outbox.lastSequence;
    this.#store.begin({ service, endsAt, before, people, templates, toldAfter });
    return this.#store.find(service, endsAt) as Ending;
  }

  #delete(ending: Ending): void {
    const { gallery, log } = this.#ports;
    this.#empty();
    const photographs = endPhotographs(this.#store.photographFolders, this.#ports.photographs);
    this.#store.deleted(ending, gallery.state().digest, photographs);
    log("trial.deleted", { people: ending.people });
    if (photographs.left > 0) log("trial.photographs-left", { count: photographs.left });
  }

  #empty(): void {
    const { gallery, backup, onDeleted } = this.#ports;
    const people = gallery.persons;
    gallery.clear();
    for (const path of [backup, `${backup}.part`]) rmSync(path, { force: true });
    onDeleted(people);
  }

  async #tell(ending: Ending): Promise<void> {
    const { outbox } = this.#ports;
    // The power may have gone between the outbox's disk and ours.
    if (!this.#isTold(ending)) await outbox.append(bodyOf(ending));
    this.#store.told(ending);
  }

  /** Photographs that were the operator's to delete are gone: the box says so, whoever did it. */
  async #tellWhenGone(ending: Ending): Promise<void> {
    const { outbox, log, photographs } = this.#ports;
    if (ending.photographsLeft === 0) return;
    // The settings may say by now that they go.
    const { deleted, left } = endPhotographs(this.#store.photographFolders, photographs);
    if (left > 0) return;
    const photographsDeleted = ending.photographsDeleted + deleted;
    // Said twice after a power cut, it says the same.
    await outbox.append(bodyOf({ ...ending, photographsDeleted, photographsLeft: 0 }));
    this.#store.photographsGone(ending);
    log("trial.photographs-gone", { count: ending.photographsLeft });
  }

  #isTold({ service, endsAt, toldAfter }: Ending): boolean {
    const { outbox } = this.#ports;
    for (let from = toldAfter + 1; from <= outbox.lastSequence; ) {
      const page = outbox.read(from, pageEvents);
      const last = page.at(-1);
      if (!last) return false;
      from = last.sequence + 1;
      for (const { sealed } of page) {
        const { body } = parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url"));
        const isIt = body.type === "trial.ended" && body.service === service;
        if (isIt && body.endsAt === endsAt) return true;
      }
    }
    return false;
  }
}

function bodyOf(ending: Ending): TrialEnded {
  const { service, endsAt, before, people, templates, photographsDeleted } = ending;
  return {
    ...{ type: "trial.ended", service, endsAt, before, after: ending.after as Digest },
    ...{ people, templates },
    photographs: { deleted: photographsDeleted, left: ending.photographsLeft },
  };
}
