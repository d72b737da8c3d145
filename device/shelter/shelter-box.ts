import { randomBytes, randomUUID } from "node:crypto";
import type { LeavingReason } from "#contract/bodies/shelter.ts";
import { deskDevice } from "#contract/desk-device.ts";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { EvacueeList } from "#contract/shelter/evacuee-list.ts";
import {
  applyShelter,
  emptyShelters,
  type ShelterCheckIn,
  shownShelters,
} from "#contract/shelter/fold.ts";
import { type HandEntry, handEntryBodies } from "#contract/shelter/hand-entry.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { applyTold, type Told } from "#contract/shelter/told.ts";
import type { ShelterSettings } from "#firmware-config/box-duties.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, MadeDecision, Turn } from "../duty/duty.ts";
import { OwnJournal } from "../duty/own-journal.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { ListShelf } from "../lists/list-shelf.ts";
import { NamesStore } from "./names-store.ts";
import type { ToldNames } from "./told-names.ts";

export interface ShelterBoxPorts {
  readonly files: { readonly journal: string; readonly names: string };
  readonly site: ShelterSettings;
  readonly identity: Pick<DeviceIdentity, "id" | "storageKey" | "pseudonymOf">;
  readonly gallery: Pick<GalleryStore, "persons" | "nameOf" | "find" | "templateCount">;
  readonly outbox: Pick<Outbox, "append" | "read" | "lastSequence">;
  readonly lists: Pick<ListShelf, "whole">;
  /** What the gateway told of whoever others entered. */
  readonly told: Pick<ToldNames, "of" | "version">;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  readonly log: Log;
  /** True once it is certain that the service is over: nobody is entered for it any more. */
  isEnded(): boolean;
}

const service = "shelter.check-in";
/** For so long the next person who is proved at this door is one who leaves. */
const leavingMsMax = 120_000;

const isOurs = ({ body }: Event) =>
  body.type.startsWith("shelter.") || (body.type === "decision.made" && body.service === service);

/** Somebody of whom this box knows, and who is at another shelter by now. */
export interface Moved {
  readonly person: Pseudonym;
  readonly details: PersonDetails | null;
  readonly shelter: string;
  readonly label: string;
  /** Not seen there yet. */
  readonly expected: boolean;
  readonly since: WallMs;
}

/**
 * A shelter on its own box: the same fold as the gateway's over the events that this box made and over what
 * the gateway last told of its people, so that there is a list of who is here for as long as nobody answers,
 * and after every restart. Names stay on this disk, sealed, until the gateway takes them over; no event
 * holds one.
 */
export class ShelterBox implements Duty, Disposable {
  readonly names: NamesStore;
  readonly list: EvacueeList;
  readonly #ports: ShelterBoxPorts;
  readonly #journal: OwnJournal;
  #state = emptyShelters();
  /** The serial number of the gateway's list that is folded in; 0 for none. */
  #heard = 0;
  #leaving: { readonly reason: LeavingReason; readonly until: number } | undefined;
  /** Names of the gallery by pseudonym, made again when the gallery has changed. */
  #enrolled: { readonly count: number; readonly people: Map<Pseudonym, PersonId> } | undefined;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: ShelterBoxPorts) {
    this.#ports = ports;
    const { files, identity, outbox } = ports;
    this.names = new NamesStore(files.names, identity.storageKey);
    this.#journal = new OwnJournal({ path: files.journal, outbox, wants: isOurs });
    this.#fold();
    this.list = new EvacueeList({
      shown: () => this.#shown,
      details: this.#details,
      // What this box knows it knows from itself.
      status: () => ({ silent: false, lastHeardAt: undefined }),
    });
  }

  /** The shelter where this box stands. */
  get shelter(): string {
    return this.#ports.site.id;
  }

  /** Says where this box stands, if it has not said so yet. */
  async announce(): Promise<void> {
    const { site, identity, clock } = this.#ports;
    const last = this.#journal.events
      .map(({ event }) => event.body)
      .findLast((body) => body.type === "shelter.site-assigned");
    const [shelter, door] = [site.id, site.door];
    if (last?.shelter === shelter && last.door === door) return;
    await this.#record({
      ...{ type: "shelter.site-assigned", device: identity.id, shelter, door },
      from: clock.wall(),
    });
  }

  begin(): Turn {
    return { findings: () => ({}), decided: (made) => this.#decided(made) };
  }

  /** The next person who is proved at the door leaves, for two minutes; undefined takes that back. */
  nextLeaves(reason: LeavingReason | undefined): void {
    const until = this.#ports.clock.monotonic() + leavingMsMax;
    this.#leaving = reason && { reason, until };
  }

  /** Why the next person leaves, where they do. */
  get leaving(): LeavingReason | undefined {
    const isArmed = this.#leaving && this.#ports.clock.monotonic() < this.#leaving.until;
    return isArmed ? this.#leaving?.reason : undefined;
  }

  /** Takes in somebody who has neither card nor template; on the list when this resolves. Throws SERVICE_OVER. */
  async enter(given: Omit<HandEntry, "shelter">) {
    const { identity, clock, site, isEnded } = this.#ports;
    if (isEnded()) {
      throw new TeburaError("SERVICE_OVER", "the service has come to its end; nobody is entered");
    }
    const id = randomUUID() as PersonId;
    const person = identity.pseudonymOf(service, id);
    const household = given.household === "new" ? drawn() : (given.household ?? null);
    const { details, families } = given;
    this.names.keep(person, { at: clock.wall(), details, families, id });
    // Who may be told is sealed with the name: the gateway alone can say under which hash they ask.
    const entry = { ...given, shelter: site.id };
    for (const body of handEntryBodies(entry, { person, household, families: [] })) {
      await this.#record(body);
    }
    return { person, household };
  }

  /** Who is at another shelter by now, as far as this box knows of them. */
  get moved(): readonly Moved[] {
    const { present, shelters } = this.#shown;
    const labels = new Map(shelters.map(({ shelter, label }) => [shelter, label]));
    return present.flatMap(({ person, entries, shelter, expected, since }) => {
      if (shelter === null || shelter === this.#ports.site.id) return [];
      const details = entries.map((one) => this.#details.of(one)).find(Boolean) ?? null;
      return [{ person, details, shelter, label: labels.get(shelter) ?? shelter, expected, since }];
    });
  }

  /** Somebody who was sent here has come. Throws PERSON_NOT_FOUND for somebody who is not on the list. */
  async arrive(person: Pseudonym): Promise<void> {
    this.#checkHere(person);
    const shelter = this.#ports.site.id;
    await this.#record({ type: "shelter.checked-in", person, shelter, means: "hand" });
  }

  /** Somebody leaves by a clerk's word. Throws PERSON_NOT_FOUND for somebody who is not here. */
  async leave(person: Pseudonym, reason: LeavingReason): Promise<void> {
    this.#checkHere(person);
    const shelter = this.#ports.site.id;
    await this.#record({ type: "shelter.checked-out", person, shelter, reason });
  }

  /** Somebody is sent to another shelter, and is expected there. Throws PERSON_NOT_FOUND. */
  async transfer(person: Pseudonym, to: string): Promise<void> {
    this.#checkHere(person);
    await this.#record({ type: "shelter.transferred", person, from: this.#ports.site.id, to });
  }

  /**
   * Somebody on the list was enrolled in the gallery under this name: whoever the face is recognised as
   * is the same person from then on. Throws PERSON_NOT_FOUND.
   */
  async hasFace(person: Pseudonym, name: string): Promise<void> {
    this.#checkHere(person);
    const { gallery, identity } = this.#ports;
    const id = gallery.find(name);
    if (!id) throw new TeburaError("PERSON_NOT_FOUND", "nobody is enrolled under this name");
    const face = identity.pseudonymOf(service, id);
    if (face === person) return;
    await this.#record({ type: "shelter.duplicate-decided", persons: [person, face], same: true });
  }

  [Symbol.dispose](): void {
    this.#journal[Symbol.dispose]();
    this.names[Symbol.dispose]();
  }

  get #details() {
    const { names } = this;
    const { gallery, told } = this.#ports;
    // What the gateway tells is the later word: it has what this box took down, and what was put right since.
    const of = (person: Pseudonym) =>
      told.of(person) ?? names.of(person) ?? this.#nameInGallery(person);
    const versions = () => `${names.version} ${gallery.templateCount} ${told.version}`;
    let [version, last] = [0, versions()];
    return {
      of,
      get version() {
        const now = versions();
        if (now !== last) [version, last] = [version + 1, now];
        return version;
      },
    };
  }

  /** Whoever is enrolled here has told a name, if no reading of it. */
  #nameInGallery(person: Pseudonym): PersonDetails | undefined {
    const { gallery, identity } = this.#ports;
    const count = gallery.templateCount;
    if (this.#enrolled?.count !== count) {
      const ids = gallery.persons.map((id) => [identity.pseudonymOf(service, id), id] as const);
      this.#enrolled = { count, people: new Map(ids) };
    }
    const id = this.#enrolled.people.get(person);
    const name = id && gallery.nameOf(id);
    return name ? { kana: name, name } : undefined;
  }

  async #decided({ decision, sequence: _ }: MadeDecision): Promise<void> {
    try {
      this.#follow();
      const reason = this.leaving;
      if (decision.outcome !== "admit" || !decision.person || !reason) return;
      this.#leaving = undefined;
      const person = this.#ports.identity.pseudonymOf(service, decision.person);
      const shelter = this.#ports.site.id;
      await this.#record({ type: "shelter.checked-out", person, shelter, reason });
    } catch (error) {
      this.#ports.log("shelter.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  #checkHere(person: Pseudonym): void {
    const { id } = this.#ports.site;
    const isHere = this.#shown.present.some(
      ({ entries, shelter }) => entries.includes(person) && (shelter ?? id) === id,
    );
    if (!isHere) throw new TeburaError("PERSON_NOT_FOUND", "nobody of that number is here");
  }

  async #record(body: EventBody): Promise<void> {
    await this.#ports.outbox.append(body);
    this.#follow();
  }

  #follow(): void {
    for (const { event } of this.#journal.follow()) applyShelter(this.#state, event);
  }

  get #shown(): ShelterCheckIn {
    const serial = this.#ports.lists.whole("shelter-people")?.[0]?.serial ?? 0;
    if (serial !== this.#heard) this.#fold();
    return shownShelters(this.#state);
  }

  /** Everything from the beginning: a new list of the gateway may take back what an older one said. */
  #fold(): void {
    const sheets = this.#ports.lists.whole("shelter-people") ?? [];
    this.#heard = sheets[0]?.serial ?? 0;
    this.#state = emptyShelters();
    const { id: shelter, label, capacity } = this.#ports.site;
    this.#take({ type: "shelter.site-set", shelter, label, capacity, open: true });
    const own = this.#ports.identity.id;
    const isNews = (row: Told) => row.is === "site" || row.device !== own;
    applyTold(this.#state, sheets.flatMap(({ told }) => told).filter(isNews));
    for (const { event } of this.#journal.events) applyShelter(this.#state, event);
  }

  /** What the settings say is no event: it counts here, and nowhere else. */
  #take(body: EventBody): void {
    const event = {
      v: 1,
      device: deskDevice,
      sequence: 0,
      at: 0 as WallMs,
      clock: "unsynced",
      body,
    };
    applyShelter(this.#state, event as Event);
  }
}

const drawn = () => randomBytes(16).toString("base64url") as Pseudonym;
