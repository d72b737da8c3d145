import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import * as z from "zod";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { type WallMs, wallMsSchema } from "#contract/ids.ts";

const totalSchema = z.strictObject({
  since: wallMsSchema,
  until: wallMsSchema,
  admitted: z.int().min(0),
  refused: z.int().min(0),
});

/** Decisions that nobody could write down, in a span of the box's own wall time. */
export type UnrecordedTotal = Readonly<z.infer<typeof totalSchema>>;

/** Two places of so many bytes, written in turn: a power cut in the middle of one leaves the other. */
const slotBytes = 512;
const slots = 2;
const empty = " ".repeat(slotBytes);

/**
 * How many decisions went unrecorded, in a file whose bytes were taken when the box was set up: to
 * write over them works on a disk that is full. On a disk that takes no write at all the count lives
 * in memory, and is the least that there were after a power cut.
 */
export class UnrecordedTally implements Disposable {
  readonly #file: number | undefined;
  #total: UnrecordedTotal | undefined;
  #turn: number;

  /** Throws DATA_UNWRITABLE where the file is neither there nor can be made. */
  constructor(path: string) {
    const texts = existsSync(path) ? readSlots(path) : [];
    const newest = texts.reduce<Slot | undefined>(
      (best, slot) => (slot && slot.turn > (best?.turn ?? -1) ? slot : best),
      undefined,
    );
    this.#total = newest?.total ?? undefined;
    this.#turn = newest?.turn ?? 0;
    try {
      this.#file = openFor(path);
    } catch (cause) {
      if (!existsSync(path)) {
        throw new TeburaError("DATA_UNWRITABLE", `${path} cannot be made`, { cause });
      }
      this.#file = undefined; // Read-only today: counted in memory.
    }
  }

  /** What is still to be told; undefined where every decision was recorded. */
  get total(): UnrecordedTotal | undefined {
    return this.#total;
  }

  add(what: "admitted" | "refused", at: WallMs): void {
    const { since, until, admitted, refused } = this.#total ?? {
      ...{ since: at, until: at, admitted: 0, refused: 0 },
    };
    const counts = { admitted, refused };
    counts[what] += 1;
    this.#keep({ since, until: Math.max(at, until) as WallMs, ...counts });
  }

  /** Forgets what is on record now; what came meanwhile stays to be told. */
  told(told: UnrecordedTotal): void {
    const now = this.#total;
    if (!now) return;
    const rest = { admitted: now.admitted - told.admitted, refused: now.refused - told.refused };
    const isAll = rest.admitted === 0 && rest.refused === 0;
    // A span of its own, so that it takes no other statement's place.
    const since = Math.max(now.until, told.until + 1) as WallMs;
    this.#keep(isAll ? undefined : { since, until: since, ...rest });
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #keep(total: UnrecordedTotal | undefined): void {
    this.#total = total;
    this.#turn += 1;
    if (this.#file === undefined) return;
    const text = JSON.stringify({ turn: this.#turn, total: total ?? null });
    const line = `${digestOf(text)} ${text}`.padEnd(slotBytes);
    try {
      writeSync(this.#file, line, (this.#turn % slots) * slotBytes, "latin1");
      fsyncSync(this.#file);
    } catch {
      // The count goes on in memory; the disk says elsewhere what is wrong with it.
    }
  }
}

interface Slot {
  readonly turn: number;
  readonly total: UnrecordedTotal | null;
}

const slotSchema = z.strictObject({ turn: z.int().min(0), total: totalSchema.nullable() });

function readSlots(path: string): readonly (Slot | undefined)[] {
  const text = readFileSync(path, "latin1");
  return Array.from({ length: slots }, (_, i) => {
    const [digest, ...rest] = text
      .slice(i * slotBytes, (i + 1) * slotBytes)
      .trimEnd()
      .split(" ");
    const body = rest.join(" ");
    if (digestOf(body) !== digest) return undefined;
    const parsed = slotSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  });
}

function openFor(path: string): number {
  if (existsSync(path)) return openSync(path, "r+");
  const file = openSync(path, "w+", 0o600);
  writeSync(file, empty.repeat(slots), 0, "latin1");
  fsyncSync(file);
  return file;
}
