import { getJson, keepOwnSession } from "../api/client.ts";
import type { PageName } from "../page-paths.ts";
import { createStore, useStore } from "../store.ts";

/** Who is in front of the page, and what their role opens. */
export interface Me {
  readonly id: string;
  readonly name: string;
  /** What the roles open, and `staff:manage` for who may say who works here. */
  readonly scopes: ReadonlySet<string>;
  /** Of these what is of some places is open, and what is of the whole city is closed. */
  readonly bound: ReadonlySet<string>;
  /** The passkey was shown a moment ago: what opens more doors may be changed. */
  readonly isFresh: boolean;
}

interface MeAnswer {
  readonly account: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly boundScopes: readonly string[];
    readonly mayManageStaff: boolean;
  };
  readonly csrf: string;
  readonly isFresh: boolean;
}

/** Services that are not divided by places: nothing of them is open to whoever is bound to some. */
const ofWholeCity = /^(tickets|payment):/;

const nobody: Me = { id: "", name: "", scopes: new Set(), bound: new Set(), isFresh: false };
const me = createStore<Me>(nobody);

/** Asks who is signed in; whoever is not is taken to where one signs in. False where nobody answers. */
export async function learnWhoIsHere(): Promise<boolean> {
  const answer = await getJson<MeAnswer>("/api/staff/me");
  if (!answer.ok) return false;
  const { account, csrf, isFresh } = answer.value;
  const { id, name, mayManageStaff } = account;
  const bound = new Set(account.boundScopes);
  keepOwnSession({ csrf, account: id });
  const known = [...account.scopes, ...(mayManageStaff ? ["staff:manage"] : [])];
  const scopes = new Set(known.filter((scope) => !bound.has(scope) || !ofWholeCity.test(scope)));
  me.set({ id, name, scopes, bound, isFresh });
  return true;
}

export function useMe(): Me {
  return useStore(me);
}

/** An address where this person may read it, and nothing where they may not: a refusal would be on record. */
export function useAllowed(scope: string, path: string): string | undefined {
  return useMe().scopes.has(scope) ? path : undefined;
}

/** The scopes that a page reads with: of several, any. */
const needs: Readonly<Record<PageName, readonly string[]>> = {
  overview: ["events:read", "devices:read"],
  devices: ["devices:read"],
  map: ["devices:read"],
  bus: ["bus:read"],
  attendance: ["school:read"],
  shelter: ["shelter:read"],
  taxi: ["taxi:read"],
  medical: ["medical:read"],
  tickets: ["tickets:read"],
  payments: ["payment:read"],
  people: ["persons:read"],
  quarantine: ["quarantine:read"],
  ledger: ["ledger:read"],
  policy: ["policy:read"],
  audit: ["audit:read"],
  accounts: ["staff:manage"],
};

export function mayOpen(scopes: ReadonlySet<string>, page: PageName): boolean {
  return needs[page].some((scope) => scopes.has(scope));
}

/** Where somebody begins: the overview, or the first page that their role opens. */
export function firstPage(scopes: ReadonlySet<string>): PageName | undefined {
  return (Object.keys(needs) as PageName[]).find((page) => mayOpen(scopes, page));
}
