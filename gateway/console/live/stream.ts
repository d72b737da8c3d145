import { getJson } from "../api/client.ts";
import { createStore } from "../store.ts";
import { tellTime, timeZone } from "./clock.ts";
import { type LiveRow, type Placed, rowOf } from "./row.ts";

export interface Live {
  readonly state: "connecting" | "live" | "lost";
  /** Entries in the ledger. */
  readonly count: number;
  /** The newest entries, newest first. */
  readonly rows: readonly LiveRow[];
  /** The gateway has other pages by now than these. */
  readonly isOutdated: boolean;
}

/** Rows that are kept to be shown. */
const rowsMax = 200;

export const live = createStore<Live>({
  state: "connecting",
  count: 0,
  rows: [],
  isOutdated: false,
});

/** Told of signs of life too: grows with everything that the stream says. */
export const pulse = createStore(0);

type Message =
  | {
      readonly kind: "hello";
      readonly data: {
        at: number;
        count: number;
        build: string;
        timeZone: string;
        sees: "rows" | "pulse";
      };
    }
  | { readonly kind: "rows"; readonly data: readonly LiveRow[] }
  | { readonly kind: "tick"; readonly data: { at: number; count: number } }
  | { readonly kind: "lost" }
  | { readonly kind: "refused" };

let build: string | undefined;

function take(message: Message): void {
  const now = live.get();
  if (message.kind === "lost" || message.kind === "refused") {
    live.set({ ...now, state: "lost" });
    return;
  }
  if (message.kind === "rows") gather(message.data);
  else {
    tellTime(message.data.at);
    const { count } = message.data;
    if (message.kind === "hello") {
      timeZone.set(message.data.timeZone);
      build ??= message.data.build;
      const isOutdated = build !== message.data.build;
      // A ledger that has become shorter is another ledger.
      const rows = count < now.count ? [] : now.rows;
      live.set({ ...now, state: "live", count, rows, isOutdated });
      if (message.data.sees === "rows") void catchUp(count);
    } else if (count !== now.count) live.set({ ...now, count });
  }
  pulse.set(pulse.get() + 1);
}

/** A page is drawn again at most so often for new rows: a slow computer with many pages keeps up. */
const drawEveryMs = 80;
let gathered: readonly LiveRow[] = [];
let drawing: ReturnType<typeof setTimeout> | undefined;
let drawnAt = 0;

function gather(rows: readonly LiveRow[]): void {
  gathered = [...gathered, ...rows].slice(-rowsMax);
  if (drawing !== undefined) return;
  const now = Number(document.timeline.currentTime ?? 0);
  drawing = setTimeout(
    () => {
      drawing = undefined;
      drawnAt = Number(document.timeline.currentTime ?? 0);
      const fresh = gathered;
      gathered = [];
      addRows(fresh);
    },
    Math.max(0, drawnAt + drawEveryMs - now),
  );
}

function addRows(rows: readonly LiveRow[]): void {
  const now = live.get();
  const newest = now.rows[0]?.index ?? 0;
  const fresh = rows.filter(({ index }) => index > newest).toReversed();
  if (fresh.length === 0) return;
  const count = Math.max(now.count, fresh[0]?.index ?? 0);
  live.set({ ...now, count, rows: [...fresh, ...now.rows].slice(0, rowsMax) });
}

/** What was committed before the stream began, or while it was away. */
async function catchUp(count: number): Promise<void> {
  const newest = live.get().rows[0]?.index ?? 0;
  if (count <= newest) return;
  const after = Math.max(newest, count - rowsMax);
  const answer = await getJson<{ events: Placed[] }>(`/api/events?after=${after}&limit=${rowsMax}`);
  if (!answer.ok) return;
  const read = answer.value.events.map(rowOf).toReversed();
  const now = live.get();
  const known = new Set(read.map(({ index }) => index));
  const others = now.rows.filter(({ index }) => !known.has(index));
  const rows = [...others, ...read].sort((a, b) => b.index - a.index).slice(0, rowsMax);
  live.set({ ...now, rows, count: Math.max(now.count, rows[0]?.index ?? 0) });
}

/** Follows the gateway for as long as the page is open. */
export function followGateway(): void {
  if (typeof SharedWorker === "undefined") {
    followAlone();
    return;
  }
  const worker = new SharedWorker(new URL("./live-worker.ts", import.meta.url), { type: "module" });
  worker.port.onmessage = (event) => take(event.data as Message);
  worker.addEventListener("error", followAlone);
}

/** For browsers that share no workers among pages. */
function followAlone(): void {
  const stream = new EventSource("/api/live");
  for (const kind of ["hello", "rows", "tick"]) {
    stream.addEventListener(kind, (event) => {
      take({ kind, data: JSON.parse((event as MessageEvent<string>).data) } as Message);
    });
  }
  stream.addEventListener("error", () => {
    take({ kind: "lost" });
    if (stream.readyState === EventSource.CLOSED) setTimeout(followAlone, 3_000);
  });
}
