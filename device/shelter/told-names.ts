import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { openNames } from "#contract/shelter/told-names.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { ListShelf } from "../lists/list-shelf.ts";

export interface ToldNamesPorts {
  readonly lists: Pick<ListShelf, "whole">;
  /** The private half of the key that names are sealed to. */
  readonly privateKey: Uint8Array;
  readonly clock: Pick<Clock, "sleep" | "wall">;
  readonly log: Log;
}

const everyMs = 1_000;

/**
 * What the people of this shelter are called whom others entered: as the gateway last told it. On the disk the
 * names lie sealed to this box, as they came; they are opened in memory alone, and end with their list.
 */
export class ToldNames implements AsyncDisposable {
  readonly #ports: ToldNamesPorts;
  readonly #rounds: Rounds;
  #names: ReadonlyMap<Pseudonym, PersonDetails> = new Map();
  #serial = 0;
  #until = Number.POSITIVE_INFINITY;
  #version = 0;

  constructor(ports: ToldNamesPorts) {
    this.#ports = ports;
    const work = async () => await this.look();
    this.#rounds = new Rounds(ports, { everyMs, failed: "names.failed", work });
  }

  /** Opens what lies on the disk before anybody asks. */
  async start(): Promise<void> {
    await this.look().catch(() => undefined); // The first round says in the log why.
    this.#rounds.start();
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  of(person: Pseudonym): PersonDetails | undefined {
    return this.#names.get(person);
  }

  /** Takes in a list that has come meanwhile. Throws LIST_INVALID for names that are not sealed to this box. */
  async look(): Promise<void> {
    const { lists, privateKey, clock } = this.#ports;
    const sheets = lists.whole("shelter-names") ?? [];
    const serial = sheets[0]?.serial ?? 0;
    if (serial !== this.#serial) {
      const opened = await Promise.all(sheets.map((sheet) => openNames(sheet, privateKey)));
      const rows = opened.flat().map(({ person, details }) => [person, details] as const);
      this.#until = sheets[0]?.until ?? Number.POSITIVE_INFINITY;
      this.#keep(serial, new Map(rows));
    }
    if (this.#names.size > 0 && clock.wall() >= (this.#until as WallMs)) {
      this.#keep(serial, new Map());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
    this.#names = new Map();
  }

  #keep(serial: number, names: ReadonlyMap<Pseudonym, PersonDetails>): void {
    this.#serial = serial;
    this.#names = names;
    this.#version += 1;
  }
}
