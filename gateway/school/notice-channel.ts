import { readFileSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { Contact, NoticeLanguage } from "./contacts.ts";
import type { NoticeStory } from "./notice-queue.ts";

/** A notice as it goes out. */
export interface Message {
  readonly id: Pseudonym;
  readonly story: NoticeStory;
  readonly guardian: Pseudonym;
  readonly language: NoticeLanguage;
  readonly subject: string;
  readonly text: string;
}

/** What came of an attempt. `refused` is for ever; `code` is for the log and names nobody. */
export type Attempt =
  | { readonly kind: "delivered" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "later"; readonly code: string; readonly waitMs?: number };

/** A way to a guardian. It never throws for what a network or a receiver does. */
export interface NoticeSender<Kind extends Contact["channel"]> extends AsyncDisposable {
  send(
    contact: Extract<Contact, { channel: Kind }>,
    message: Message,
    signal: AbortSignal,
  ): Promise<Attempt>;
}

/** A file that a setting names. Throws CONFIG_INVALID saying which setting and why. */
export function settingsFile(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new TeburaError("CONFIG_INVALID", `${setting}: cannot read ${path} (${why})`, { cause });
  }
}
