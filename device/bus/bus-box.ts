import { readFileSync, statSync } from "node:fs";
import * as z from "zod";
import { gtfsIdSchema, type PassingDirection } from "#contract/bodies/bus.ts";
import { TeburaError } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { BusSettings } from "#firmware-config/box-duties.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, Turn } from "../duty/duty.ts";
import { OwnJournal } from "../duty/own-journal.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import { stopsDue } from "./fixed-route.ts";

/** Where the vehicle says that it is: GTFS's own terms. */
export const positionSchema = z.strictObject({
  trip: gtfsIdSchema,
  stop: gtfsIdSchema,
  stopSequence: z.int().min(0).max(9_999),
  direction: z.union([z.literal(0), z.literal(1)]).optional(),
  zone: gtfsIdSchema.optional(),
});
export type Position = Readonly<z.infer<typeof positionSchema>>;

export interface BusBoxPorts {
  readonly journal: string;
  readonly bus: BusSettings;
  readonly identity: Pick<DeviceIdentity, "id">;
  readonly outbox: Pick<Outbox, "append" | "read" | "lastSequence">;
  readonly clock: Clock & { readonly quality: Event["clock"] };
  readonly log: Log;
  /** Local time of day as 07:05, and the local day. */
  localTime(at: number): { readonly day: string; readonly time: string };
}

/** Somebody who was admitted at a door of this box. */
export interface Tap {
  readonly tap: number;
  readonly at: WallMs;
  readonly person: Pseudonym;
}

export interface GroupSaid {
  /** The tap of the guardian or the leader; left out, the newest. */
  readonly tap?: number | undefined;
  readonly adults: number;
  readonly children: number;
  readonly infants: number;
  /** Taps of children who were recognised themselves. */
  readonly childTaps: readonly number[];
}

const service = "bus.boarding";
/** A group is said within so long of its boarding; the gateway takes it for as long. */
const groupMsMax = 12 * 3_600_000;
const lookMs = 1_000;

const isOurs = ({ body }: Event) =>
  body.type === "bus.at-stop" ||
  (body.type === "decision.made" && body.service === service && body.outcome === "admit");

/**
 * A bus's box beside its decisions: it says where the vehicle is, which way somebody went, and who came
 * along with whom. Each is an event of its own that names the decision it is about.
 */
export class BusBox implements Duty, AsyncDisposable {
  readonly #ports: BusBoxPorts;
  readonly #journal: OwnJournal;
  readonly #rounds: Rounds;
  #fileAt = 0;
  #lookedAt: number | undefined;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: BusBoxPorts) {
    this.#ports = ports;
    const work = async () => await this.#look();
    this.#rounds = new Rounds(ports, { everyMs: lookMs, failed: "bus.position-failed", work });
    this.#journal = new OwnJournal({ path: ports.journal, outbox: ports.outbox, wants: isOurs });
  }

  /** Begins to follow the file and the timetable, where there is one. */
  start(): void {
    const { positionFile, fixedRoute } = this.#ports.bus;
    if (positionFile || fixedRoute.length > 0) this.#rounds.start();
  }

  begin(): Turn {
    return {
      findings: () => ({}),
      decided: async () => {
        this.#journal.follow();
      },
    };
  }

  /** Where the vehicle was last; undefined where nobody has said. */
  get position(): Extract<EventBody, { type: "bus.at-stop" }> | undefined {
    const last = this.#journal.events.findLast(({ event }) => event.body.type === "bus.at-stop");
    return last?.event.body.type === "bus.at-stop" ? last.event.body : undefined;
  }

  /** Those of the last twelve hours, newest first. */
  get taps(): readonly Tap[] {
    const since = this.#ports.clock.wall() - groupMsMax;
    return this.#journal.events
      .flatMap(({ event: { body, at, sequence } }) => {
        const isTap = body.type === "decision.made" && body.person !== undefined && at >= since;
        return isTap ? [{ tap: sequence, at, person: body.person as Pseudonym }] : [];
      })
      .reverse();
  }

  /** The vehicle reached a stop. The same one again says nothing new. */
  async atStop(position: Position, source: "feed" | "file" | "fixed-route"): Promise<void> {
    const known = this.position;
    const isSame =
      known?.trip === position.trip &&
      known.stop === position.stop &&
      known.stopSequence === position.stopSequence;
    if (isSame) return;
    const { vehicle } = this.#ports.bus;
    await this.#ports.outbox.append({ type: "bus.at-stop", vehicle, ...position, source });
    this.#journal.follow();
  }

  /** Which way somebody went whom this box admitted. Throws REQUEST_INVALID for an unknown tap. */
  async passed(tap: number, direction: PassingDirection): Promise<void> {
    this.#tapOf(tap);
    await this.#ports.outbox.append({ type: "bus.passed", decision: tap, direction });
  }

  /** Passengers whom no box recognised. */
  async counted(direction: PassingDirection, count: number): Promise<void> {
    const { vehicle } = this.#ports.bus;
    await this.#ports.outbox.append({ type: "bus.counted", vehicle, direction, count });
  }

  /** Who came along with whom. Throws REQUEST_INVALID for an unknown tap, or where nobody has boarded. */
  async group({ tap, adults, children, infants, childTaps }: GroupSaid): Promise<void> {
    const boarding = tap ?? this.taps.find((one) => !childTaps.includes(one.tap))?.tap;
    const leader = this.#tapOf(boarding);
    const named = childTaps.map((one) => this.#tapOf(one).person);
    const { id: device } = this.#ports.identity;
    await this.#ports.outbox.append({
      ...{ type: "bus.group-boarded", boarding: { device, sequence: leader.tap } },
      ...{ adults, children: Math.max(children, named.length), infants, namedChildren: named },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
    this.#journal[Symbol.dispose]();
  }

  #tapOf(tap: number | undefined): Tap {
    const found = this.taps.find((one) => one.tap === tap);
    if (found) return found;
    throw new TeburaError("REQUEST_INVALID", "nobody was admitted here by that number");
  }

  async #look(): Promise<void> {
    const { bus, clock, localTime } = this.#ports;
    if (bus.positionFile) await this.#readFile(bus.positionFile);
    // A timetable by a clock that nobody set would put the bus anywhere.
    if (bus.fixedRoute.length === 0 || clock.quality === "unsynced") return;
    const now = clock.wall();
    const due = stopsDue(bus.fixedRoute, { after: this.#lookedAt, now }, localTime);
    this.#lookedAt = now;
    for (const { at: _, ...position } of due) await this.atStop(position, "fixed-route");
  }

  async #readFile(path: string): Promise<void> {
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (written === this.#fileAt) return;
    const parsed = positionSchema.safeParse(parsedJson(readFileSync(path, "utf8")));
    if (!parsed.success) {
      // Half written, perhaps: it is read again at the next look, and said once for each writing.
      throw new TeburaError("CONFIG_INVALID", "the vehicle's position file holds no position");
    }
    this.#fileAt = written;
    await this.atStop(parsed.data, "file");
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
