import { createStore } from "../store.ts";

/**
 * The gateway's time, as its stream last told it, carried on by a clock that never jumps: an office's
 * computer may be hours off, and "12 seconds ago" would be wrong on it.
 */
let told = { at: 0, since: 0 };

/** Set by the gateway; the browser's own until then. */
export const timeZone = createStore<string | undefined>(undefined);

function elapsed(): number {
  return Number(document.timeline.currentTime ?? 0);
}

export function tellTime(at: number): void {
  told = { at, since: elapsed() };
}

/** Milliseconds since 1970 at the gateway; undefined before it has told. */
export function gatewayNow(): number | undefined {
  return told.at === 0 ? undefined : told.at + elapsed() - told.since;
}
