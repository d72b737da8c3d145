import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Clock } from "#runtime/clock.ts";
import { type LiveRow, rowOf } from "../console/live/row.ts";
import type { EventFeed, FeedItem } from "./event-feed.ts";

export interface LiveFeedPorts {
  readonly feed: Pick<EventFeed, "subscribe">;
  readonly clock: Clock;
  /** Entries in the ledger. */
  count(): number;
  /** Which pages this gateway serves, so that an open one notices newer ones. */
  readonly build: string;
  readonly timeZone: string;
}

/** Entries that came within this time go out together: nobody reads faster, and pages have less to do. */
const gatherMs = 30;
/** A sign of life, and the gateway's time. */
const tickMs = 5_000;
/** More rows than this stand on no screen at once; a page that wants the others reads them. */
const rowsMax = 200;
/** Messages that may wait for a slow reader; beyond that it is cut off, comes again and catches up. */
const waitingMax = 200;

/** How somebody may follow, and whether they still may. */
export interface Following {
  /** What was committed, or only that something was. */
  readonly sees: "rows" | "pulse";
  stillHolds(): boolean;
}

interface Reader extends Following {
  readonly queue: string[];
  wake(): void;
  end(): void;
}

/**
 * What open pages follow, as server-sent events: `hello` first, `rows` whenever something is committed,
 * `tick` in between. Every entry is put into words once, however many pages are open.
 */
export class LiveFeed {
  readonly #ports: LiveFeedPorts;
  readonly #readers = new Set<Reader>();
  #rows: LiveRow[] = [];
  #isGathering = false;
  #stop: AbortController | undefined;

  constructor(ports: LiveFeedPorts) {
    this.#ports = ports;
  }

  /** Answers with the stream; it ends with the connection, or when the reader may no longer follow. */
  serve(context: Context, { sees, stillHolds }: Following): Response {
    return streamSSE(context, async (stream) => {
      const queue: string[] = [];
      let isOver = false;
      let wake = () => {};
      const reader: Reader = {
        ...{ queue, sees, stillHolds },
        wake: () => wake(),
        end: () => {
          isOver = true;
          wake();
        },
      };
      stream.onAbort(reader.end);
      const { clock, count, build, timeZone } = this.#ports;
      const hello = { at: clock.wall(), count: count(), build, timeZone, sees };
      queue.push(message("hello", hello, "retry: 1000\n"));
      this.#add(reader);
      try {
        while (!isOver) {
          const next = queue.splice(0).join("");
          if (next !== "") await stream.write(next);
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        this.#remove(reader);
      }
    });
  }

  #add(reader: Reader): void {
    this.#readers.add(reader);
    if (this.#stop) return;
    this.#stop = new AbortController();
    const unsubscribe = this.#ports.feed.subscribe((item) => this.#onItem(item));
    this.#stop.signal.addEventListener("abort", unsubscribe);
    void this.#tick(this.#stop.signal);
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#stop?.abort();
    this.#stop = undefined;
  }

  #onItem(item: FeedItem): void {
    this.#rows.push(rowOf(item));
    if (this.#rows.length > rowsMax) this.#rows.shift();
    if (this.#isGathering) return;
    this.#isGathering = true;
    void this.#gather();
  }

  async #gather(): Promise<void> {
    await this.#ports.clock.sleep(gatherMs, new AbortController().signal);
    this.#isGathering = false;
    const rows = this.#rows;
    this.#rows = [];
    const { clock, count } = this.#ports;
    this.#say(
      message("rows", rows, `id: ${rows.at(-1)?.index ?? 0}\n`),
      message("tick", { at: clock.wall(), count: count() }),
    );
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, count } = this.#ports;
    while (!signal.aborted) {
      await clock.sleep(tickMs, signal).catch(() => undefined);
      for (const reader of this.#readers) if (!reader.stillHolds()) reader.end();
      this.#say(message("tick", { at: clock.wall(), count: count() }));
    }
  }

  #say(rows: string, pulse = rows): void {
    for (const reader of this.#readers) {
      reader.queue.push(reader.sees === "rows" ? rows : pulse);
      if (reader.queue.length > waitingMax) reader.end();
      else reader.wake();
    }
  }
}

function message(event: string, data: unknown, more = ""): string {
  return `${more}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
