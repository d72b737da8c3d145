import { type ComponentChildren, h } from "preact";
import type { Phrase } from "./words.ts";

export type { Phrase } from "./words.ts";

export type Values = Readonly<Record<string, string | number>>;

/** `{漢字|かんじ}`: what is written, and how it is read. `{n}`: a place for a value. */
const reading = /\{([^{}|]+)\|([^{}|]+)\}/;

function filled(phrase: Phrase, values: Values | undefined): string {
  const text = phrase as unknown as string;
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => `${values[name] ?? whole}`);
}

/** The phrase as it stands on a page, with its readings above the characters. */
export function t(phrase: Phrase, values?: Values): ComponentChildren {
  const text = filled(phrase, values);
  if (!reading.test(text)) return text;
  const parts = text.split(/(\{[^{}|]+\|[^{}|]+\})/);
  // One element, so that what lays its children apart never parts a character from the rest of its word.
  const pieces = parts.map((part) => {
    const [, base, kana] = reading.exec(part) ?? [];
    if (base === undefined) return part;
    return h("ruby", null, base, h("rp", null, "("), h("rt", null, kana), h("rp", null, ")"));
  });
  return h("span", null, ...pieces);
}

/** The phrase without readings: for names of things, titles and what is read out. */
export function plain(phrase: Phrase, values?: Values): string {
  return filled(phrase, values).replace(new RegExp(reading, "g"), "$1");
}
