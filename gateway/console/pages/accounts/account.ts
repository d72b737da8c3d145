import type { Tone } from "../../design/badge.tsx";
import type { Words } from "../../words/words.ts";

export type Role = keyof Words["role"];

export interface Grant {
  readonly role: Role;
  /** Null for everywhere. */
  readonly sites: readonly string[] | null;
}

/** Somebody who works here, as the gateway tells an administrator. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly status: keyof Words["accountState"];
  readonly createdAt: number;
}

/** A code that was just made, and is never shown again. */
export interface Invited {
  readonly account: Account;
  readonly code: string;
  readonly expiresAt: number;
  readonly url: string;
}

export const stateTones: Readonly<Record<Account["status"], Tone>> = {
  active: "good",
  invited: "info",
  revoked: "none",
};
