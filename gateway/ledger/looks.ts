import { setImmediate as nextTurn } from "node:timers/promises";
import type { WallMs } from "#contract/ids.ts";
import type { Ledger } from "./ledger.ts";
import { type PlacedEvent, placed } from "./placed.ts";

/** What an entry tells of somebody who works with people's data: a look, a sign-in, a refusal, an account. */
export const lookKinds = ["look", "sign-in", "refusal", "account"] as const;
export type LookKind = (typeof lookKinds)[number];

/** One of them as a line. `who` is an account or a key, and never a name. */
export interface Look {
  readonly index: number;
  readonly at: WallMs;
  readonly kind: LookKind;
  readonly type: string;
  readonly who: string;
  /** The code of the reason, of the means or of the change. */
  readonly why: string;
  /** Whom it is about, where that is another account. */
  readonly about: string | null;
  /** How many people were looked at, where that is said. */
  readonly people: number | null;
}

export interface LooksAsked {
  /** Only what lies before this entry; undefined begins with the newest. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly who?: string | undefined;
  readonly kind?: LookKind | undefined;
}

export interface LooksPage {
  readonly looks: readonly Look[];
  /** Where to go on; null where the ledger begins. */
  readonly next: number | null;
}

const pageEntries = 1_000;
/** Entries that one question goes through: a page with few looks on it says where to go on. */
const entriesMax = 20_000;

/** Who looked, the newest first: goes back through the ledger until the page is full. */
export async function looksBefore(
  ledger: Pick<Ledger, "after" | "count">,
  { before = ledger.count + 1, limit, who, kind }: LooksAsked,
): Promise<LooksPage> {
  const looks: Look[] = [];
  const end = Math.min(before, ledger.count + 1) - 1;
  for (let until = end; until > Math.max(0, end - entriesMax); ) {
    const from = Math.max(0, until - pageEntries);
    for (const entry of ledger.after(from, until - from).toReversed()) {
      const look = lookIn(placed(entry));
      if (!look || (who !== undefined && look.who !== who && look.about !== who)) continue;
      if (kind !== undefined && look.kind !== kind) continue;
      looks.push(look);
      if (looks.length === limit) return { looks, next: look.index > 1 ? look.index : null };
    }
    until = from;
    if (until === 0) return { looks, next: null };
    await nextTurn(); // Boxes get their receipts between two pages.
  }
  const reached = Math.max(0, end - entriesMax) + 1;
  return { looks, next: reached > 1 ? reached : null };
}

function lookIn({ index, event: { at, body } }: PlacedEvent): Look | undefined {
  const line = { index, at, type: body.type, about: null, people: null };
  switch (body.type) {
    case "registry.looked":
      return { ...line, kind: "look", who: body.who, why: body.why, people: body.persons.length };
    case "shelter.list-read":
      return { ...line, kind: "look", who: body.who, why: body.form };
    case "sign-in.opened":
      return { ...line, kind: "sign-in", who: body.who, why: body.means };
    case "sign-in.closed":
      return { ...line, kind: "sign-in", who: body.who, why: body.why };
    case "sign-in.refused":
      return { ...line, kind: "refusal", who: body.who, why: body.code };
    case "sign-in.account-changed":
      return { ...line, kind: "account", who: body.who, why: body.change, about: body.account };
    default:
      return undefined;
  }
}
