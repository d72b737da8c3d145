/** The languages of the screen. To add one: a file with the same shape, and a line here. */
import { en } from "./en.js";
import { ja } from "./ja.js";
import { jaEasy } from "./ja-easy.js";
import { pt } from "./pt.js";
import { vi } from "./vi.js";
import { zh } from "./zh.js";

/** @typedef {"ja" | "ja-easy" | "en" | "zh" | "pt" | "vi"} Language */

/** In the order of the buttons. @type {Readonly<Record<Language, import("./shape.js").Words>>} */
export const languages = { ja, "ja-easy": jaEasy, en, zh, pt, vi };

export const languageNames = /** @type {readonly Language[]} */ (Object.keys(languages));

/** @param {string | null | undefined} name @returns {name is Language} */
export function isLanguage(name) {
  return name !== null && name !== undefined && Object.hasOwn(languages, name);
}

/** What a browser prefers, of what there is. @param {readonly string[]} wanted @returns {Language} */
export function preferredLanguage(wanted) {
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

/** Puts values where the text names them. @param {string} text @param {Readonly<Record<string, string | number>>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}
