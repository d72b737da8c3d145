import type { AccessReason } from "../../persons/access.ts";
import { createStore } from "../store.ts";

/** Why somebody may want to see people under protection on a page. Codes: a sentence would hold names itself. */
export const lookReasons = [
  ...(["attendance", "guardian-notice", "evacuee-list", "family-inquiry", "emergency"] as const),
  ...(["medical-reception", "subsidy", "boarding", "ticketing", "counter"] as const),
  ...(["registration", "correction"] as const),
] as const satisfies readonly AccessReason[];
export type LookReason = (typeof lookReasons)[number];

/** Why people under protection are shown now; undefined while they are hidden. No browser remembers it. */
export const protectedLook = createStore<LookReason | undefined>(undefined);

/** How often a look has ended: a page begins anew then, and keeps nothing of what it showed. */
export const looksEnded = createStore(0);

/** They are shown no longer than this. */
export const lookMinutes = 5;

export function endProtectedLook(): void {
  if (protectedLook.get() === undefined) return;
  protectedLook.set(undefined);
  looksEnded.set(looksEnded.get() + 1);
}

/** The gateway's header for a page's own question. What catches up with the stream never says it. */
export function reasonFor(path: string): Readonly<Record<string, string>> {
  const why = protectedLook.get();
  const isOfPage = !/^\/api\/(events|live|staff)\b/.test(path);
  return why !== undefined && isOfPage ? { "X-Tebura-Reason": why } : {};
}
