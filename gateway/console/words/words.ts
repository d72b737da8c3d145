import type { words as english } from "./en/en.ts";

declare const phraseBrand: unique symbol;
/** A text of a table. It may hold readings, so it is drawn by `t`, or read out by `plain`. */
export type Phrase = { readonly [phraseBrand]: true };

type Table = typeof english;

/** A language as its file is written: every text that English has, and no other. */
export type Written = {
  readonly [Group in keyof Table]: { readonly [Key in keyof Table[Group]]: string };
};
/** The same as pages use it. */
export type Words = {
  readonly [Group in keyof Table]: { readonly [Key in keyof Table[Group]]: Phrase };
};
