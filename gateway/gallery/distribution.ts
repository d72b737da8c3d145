import { randomBytes } from "node:crypto";
import type { ConsentKey } from "#contract/consent.ts";
import type { EventBody } from "#contract/events.ts";
import { type Envelope, envelopeBytes } from "#contract/gallery-envelope.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import type { Service } from "#contract/services.ts";
import { type ConsentBook, keyText } from "../views/consent-book.ts";
import type { GalleryBook } from "../views/gallery-book.ts";
import type { GalleriesFile } from "./galleries-file.ts";

export interface DistributionPorts {
  readonly file: GalleriesFile;
  readonly clock: { wall(): WallMs };
  consents(): ConsentBook;
  galleries(): GalleryBook;
  /** Whether a box can be asked now. */
  isHere(device: DeviceId): boolean;
  record(body: EventBody): Promise<unknown>;
}

/** A grant that was given out and not answered yet. */
export interface OpenGrant {
  readonly grant: string;
  readonly from: DeviceId;
  readonly to: DeviceId;
  readonly service: Service;
  readonly rows: readonly { readonly person: Pseudonym; readonly version: string }[];
  readonly until: WallMs;
}

/** A box that does not answer a grant within this time is asked again, or another one is. */
const grantMs = 60_000;
/** What may wait for a box at once, granted or sealed: the rest comes when that has arrived. */
const rowsOnTheWayMax = 4 * limits.galleryRowsMax;
const waitingBytesMax = 8 * limits.messageBytesMax;
/** A deletion that a box has followed and not stated is ordered anew after this time. */
const stateAgainMs = 10 * 60_000;

/**
 * Decides, for one box at a time, who is missing there and who must go, from the consents on record and
 * what the boxes have signed. It orders deletions before anything else, and lets a box that holds the
 * missing seal them, a part at a time.
 */
export class Distribution {
  readonly #ports: DistributionPorts;
  readonly #grants = new Map<string, OpenGrant>();
  /** What was granted or sealed to a box and has not arrived, and since when. */
  readonly #onTheWay = new Map<DeviceId, Map<string, WallMs>>();
  readonly #removals = new Map<DeviceId, Map<string, { number: number; at: WallMs }>>();

  constructor(ports: DistributionPorts) {
    this.#ports = ports;
  }

  /** Orders the deletion of somebody whose consent has ended, of each box that may hold them: which ones. */
  endOf(key: ConsentKey): readonly DeviceId[] {
    if (!this.#mustGo(key)) return [];
    const holders = [...this.#ports.galleries().holders(key)]
      .filter(([device, { state }]) => state !== "gone" && !this.#isOrdered(device, key))
      .map(([device]) => device);
    for (const device of holders) this.#orderRemoval(device, key.service, [key.person]);
    return holders;
  }

  /** Orders the deletion of everybody on a box without a consent that stands. */
  orderRemovals(device: DeviceId, serves: Service | undefined): void {
    const byService = new Map<Service, Pseudonym[]>();
    for (const { key, holding } of this.#ports.galleries().heldBy(device)) {
      const isElsewhere = holding.origin === "received" && key.service !== serves;
      if (!isElsewhere && !this.#mustGo(key)) continue;
      if (this.#isOrdered(device, key)) continue;
      byService.set(key.service, [...(byService.get(key.service) ?? []), key.person]);
    }
    for (const [service, persons] of byService) {
      for (let at = 0; at < persons.length; at += limits.galleryRowsMax) {
        this.#orderRemoval(device, service, persons.slice(at, at + limits.galleryRowsMax));
      }
    }
  }

  /**
   * Lets a box that holds what another lacks seal a part of it; undefined when nothing is lacking, nobody
   * who holds it is here, or enough is on its way. The grant is in the ledger when this resolves.
   */
  async grantTo(device: DeviceId, serves: Service): Promise<OpenGrant | undefined> {
    const { clock, file, record } = this.#ports;
    const now = clock.wall();
    this.#dropOld(now);
    const onTheWay = this.#wayTo(device);
    if (onTheWay.size >= rowsOnTheWayMax || file.waitingBytes(device) > waitingBytesMax) {
      return undefined;
    }
    const missing = this.#missing(device, serves, now);
    if (!missing) return undefined;
    const { from, rows } = missing;
    const grant = randomBytes(16).toString("base64url");
    const open = { grant, from, to: device, service: serves, rows };
    for (const { person } of rows) onTheWay.set(keyText({ service: serves, person }), now);
    await record({ type: "gallery.granted", ...open });
    const given = { ...open, until: (now + grantMs) as WallMs };
    this.#grants.set(grant, given);
    return given;
  }

  /** Takes a sealed part: the receiver, once it is on disk for it. Undefined for what nobody let be sealed. */
  accept({ header, digest, bound, ciphertext }: Envelope, rotation: string): DeviceId | undefined {
    const { file, clock } = this.#ports;
    const now = clock.wall();
    const open = this.#grants.get(header.grant);
    const fits =
      open !== undefined &&
      open.from === header.from &&
      open.to === header.to &&
      open.service === header.service &&
      header.model.endsWith(`+${rotation}`) &&
      header.rows.every((row) => this.#isGranted(open, row, now));
    if (!fits) return undefined;
    const body = envelopeBytes({ bound, ciphertext });
    file.append(header.to, { kind: "put", from: header.from, envelope: digest }, body);
    return header.to;
  }

  /** What was on its way to a box has arrived, or the box has deleted it. */
  arrived(device: DeviceId, service: Service, persons: readonly Pseudonym[]): void {
    for (const person of persons) {
      this.#onTheWay.get(device)?.delete(keyText({ service, person }));
    }
  }

  #mustGo(key: ConsentKey): boolean {
    const { consents, clock } = this.#ports;
    const book = consents();
    // A consent that has not been handed in yet is none that has ended.
    return book.knows(key) && !book.standing(key, clock.wall());
  }

  #isOrdered(device: DeviceId, key: ConsentKey): boolean {
    const { file, clock } = this.#ports;
    const ordered = this.#removals.get(device)?.get(keyText(key));
    if (!ordered) return false;
    const isFollowed = ordered.number <= file.progress(device).followed;
    return !isFollowed || clock.wall() - ordered.at < stateAgainMs;
  }

  #orderRemoval(device: DeviceId, service: Service, persons: readonly Pseudonym[]): void {
    const { file, clock } = this.#ports;
    const number = file.append(device, { kind: "remove", service, persons: [...persons] });
    const ordered = this.#removals.get(device) ?? new Map();
    this.#removals.set(device, ordered);
    for (const person of persons) {
      ordered.set(keyText({ service, person }), { number, at: clock.wall() });
    }
  }

  /** The first box that is here and holds somebody whom this one lacks, with as many as it can give at once. */
  #missing(device: DeviceId, service: Service, now: WallMs) {
    const { consents, galleries, isHere } = this.#ports;
    const [book, held] = [consents(), galleries()];
    const way = this.#wayTo(device);
    let from: DeviceId | undefined;
    const rows: { person: Pseudonym; version: string }[] = [];
    for (const person of book.people(service)) {
      const key = { service, person };
      if (way.has(keyText(key)) || !book.standing(key, now)) continue;
      const version = held.newest(key, (statement) => book.has(key, statement));
      const mine = held.holding(device, key);
      const hasIt = mine?.state === "holds" && mine.version === version;
      if (version === undefined || hasIt) continue;
      const giver = [...held.holders(key)].find(
        ([other, { state, version: theirs }]) =>
          other !== device && state === "holds" && theirs === version && isHere(other),
      )?.[0];
      if (giver === undefined || (from !== undefined && giver !== from)) continue;
      from = giver;
      rows.push({ person, version });
      if (rows.length === limits.galleryRowsMax) break;
    }
    return from === undefined ? undefined : { from, rows };
  }

  #isGranted(
    { rows, service }: OpenGrant,
    row: Envelope["header"]["rows"][number],
    now: WallMs,
  ): boolean {
    const { person, version, until } = row;
    const isIn = rows.some((one) => one.person === person && one.version === version);
    // Withdrawn since it was granted, it goes no further.
    const standing = this.#ports.consents().standing({ service, person }, now);
    return isIn && standing !== undefined && until <= standing.until;
  }

  #wayTo(device: DeviceId): Map<string, WallMs> {
    const way = this.#onTheWay.get(device) ?? new Map<string, WallMs>();
    this.#onTheWay.set(device, way);
    return way;
  }

  #dropOld(now: WallMs): void {
    for (const [grant, { until }] of this.#grants) if (until < now) this.#grants.delete(grant);
    for (const [device, way] of this.#onTheWay) {
      // What waits on disk for a box that is away is not sent twice.
      if (this.#ports.file.waitingBytes(device) > 0) continue;
      for (const [key, at] of way) if (now - at > grantMs) way.delete(key);
    }
  }
}
