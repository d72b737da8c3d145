// Every text of the sign-in's pages, in the languages of the console; a test holds them to the same keys.
import { easy } from "./words/easy.js";
import { en } from "./words/en.js";
import { ja } from "./words/ja.js";
import { pt } from "./words/pt.js";
import { vi } from "./words/vi.js";
import { zh } from "./words/zh.js";

export const words = { ja, easy, en, zh, pt, vi };
const tags = { ja: "ja", easy: "ja", en: "en", zh: "zh-Hans", pt: "pt-BR", vi: "vi" };

/** The same as the console's: whoever has chosen here need not choose again there. */
const kept = "tebura.language";
const reading = /\{([^{}|]+)\|([^{}|]+)\}/g;
/** What was chosen on this page, where the browser keeps nothing. */
let chosenNow;

/** The language that was chosen, or the browser's, or English, which most others read. */
export function language() {
  const chosen = chosenNow ?? remembered();
  if (Object.hasOwn(words, chosen)) return chosen;
  const short = navigator.languages.map((name) => name.split("-")[0]);
  return short.find((name) => Object.hasOwn(words, name)) ?? "en";
}

function remembered() {
  try {
    return localStorage.getItem(kept) ?? "";
  } catch {
    return "";
  }
}

function choose(name) {
  chosenNow = name;
  try {
    localStorage.setItem(kept, name);
  } catch {
    // It holds for this page, then.
  }
}

/** As HTML and dates name the language (BCP 47). */
export const languageTag = () => tags[language()];

export const say = (key) => words[language()][key] ?? words[language()].FAILED;

/** Without readings: for titles and names. */
const plain = (text) => text.replace(reading, "$1");

/** Writes text into an element, as text whatever is in it; readings stand above what they are of. */
export function write(element, text) {
  const pieces = [];
  let last = 0;
  for (const match of text.matchAll(reading)) {
    const [ruby, above] = [document.createElement("ruby"), document.createElement("rt")];
    above.textContent = match[2];
    ruby.append(match[1], above);
    pieces.push(text.slice(last, match.index), ruby);
    last = match.index + match[0].length;
  }
  element.replaceChildren(...pieces, text.slice(last));
}

/** Puts the words where the page asks for them. */
export function writeWords() {
  document.documentElement.lang = languageTag();
  for (const place of document.querySelectorAll("[data-word]")) {
    write(place, say(place.dataset.word));
  }
  const { word } = document.querySelector("h1").dataset;
  document.title = `${plain(say(word))} · 手ぶら Tebura`;
}

export function offerLanguages(select, changed = () => {}) {
  select.value = language();
  select.addEventListener("change", () => {
    choose(select.value);
    writeWords();
    changed();
  });
}
