import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reasonSchema } from "#contract/events.ts";
import { enrolmentHints } from "#device/kiosk/messages.ts";
import { hintSigns, looks, states } from "#device/kiosk/page/looks.js";
import { sentencesOf, spokenOf } from "#device/kiosk/page/sentences.js";
import {
  fill,
  isLanguage,
  languageNames,
  languages,
  preferredLanguage,
} from "#device/kiosk/page/words/words.js";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every string of a language with the way to it, as "states.idle.title". */
function stringsOf(words: object, path = ""): readonly (readonly [string, string])[] {
  return Object.entries(words).flatMap(([key, value]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return typeof value === "string" ? [[at, value] as const] : stringsOf(value as object, at);
  });
}

const strings = languageNames.map((name) => ({ name, words: stringsOf(languages[name]) }));
const all = strings.flatMap(({ name, words }) =>
  words.map(([at, text]) => ({ name, at, text, plain: text.replace(/\{\w+\}/g, "") })),
);
const keysOf = (name: string) =>
  strings
    .find((one) => one.name === name)
    ?.words.map(([at]) => at)
    .sort();

test("there are six languages, each with every string, none of them empty", () => {
  expect(languageNames).toEqual(["ja", "ja-easy", "en", "zh", "pt", "vi"]);
  for (const name of languageNames) expect(keysOf(name), name).toEqual(keysOf("ja"));
  expect(all.filter(({ text }) => text.trim() === "" || text !== text.trim())).toEqual([]);
});

test("every reason of the contract, every state and every hint has words and a look", () => {
  for (const name of languageNames) {
    const words = languages[name];
    expect(Object.keys(words.reasons).sort()).toEqual([...reasonSchema.options].sort());
    expect(Object.keys(words.hints).sort()).toEqual([...enrolmentHints].sort());
    const worded = states.filter((state: string) => state !== "refuse");
    expect(Object.keys(words.states).sort()).toEqual([...worded].sort());
  }
  expect(Object.keys(hintSigns).sort()).toEqual([...enrolmentHints].sort());
});

test("a value is filled in in every language or in none", () => {
  const named = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const { name, words } of strings) {
    for (const [at, text] of words) {
      const inJapanese = strings[0]?.words.find(([key]) => key === at)?.[1] ?? "";
      expect(named(text), `${name} ${at}`).toEqual(named(inJapanese));
    }
  }
  expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
});

/** Scripts that a language never uses; digits, signs and the card's own name aside. */
const foreign: Readonly<Record<string, RegExp>> = {
  ja: /[A-Za-zÀ-ỹ]/,
  "ja-easy": /[A-Za-zÀ-ỹ]/,
  en: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}À-ỹ]/u,
  zh: /[A-Za-zÀ-ỹ\p{Script=Hiragana}\p{Script=Katakana}]/u,
  pt: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u1E00-\u1EFF]/u,
  vi: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
};

test("no string holds another language's script", () => {
  const mixed = all.filter(
    ({ name, at, plain }) => at !== "tag" && foreign[name]?.test(plain.replaceAll("My Number", "")),
  );
  expect(mixed.map(({ name, at, text }) => `${name} ${at}: ${text}`)).toEqual([]);
});

test("no two languages share a sentence, so none was left untranslated", () => {
  // What is easy already is the same in plain and in easy Japanese.
  const sentences = all.filter(
    ({ name, text, at }) => name !== "ja-easy" && at !== "tag" && text.length > 12,
  );
  const seen = new Map<string, string>();
  for (const { name, text } of sentences) {
    expect(seen.get(text) ?? name, text).toBe(name);
    seen.set(text, name);
  }
});

test("in easy Japanese every kanji has its reading in kana, and nothing else has one", () => {
  const group = /\[([^|[\]]+)\|([^|[\]]+)\]/g;
  for (const { at, text } of all.filter(({ name }) => name === "ja-easy")) {
    const rest = text.replace(group, "");
    expect(rest, `${at}: a kanji without a reading, or a bracket too many`).not.toMatch(
      /[\p{Script=Han}[\]|]/u,
    );
    for (const [, base = "", reading = ""] of text.matchAll(group)) {
      expect(base, at).toMatch(/^\p{Script=Han}+$/u);
      expect(reading, at).toMatch(/^[\p{Script=Hiragana}ー]+$/u);
    }
  }
  const others = all.filter(({ name, text }) => name !== "ja-easy" && /[[\]|]/.test(text));
  expect(others).toEqual([]);
});

test("a refusal always says what to do instead, in the language of the screen", () => {
  for (const language of languageNames) {
    for (const reason of reasonSchema.options) {
      const bare = sentencesOf({ state: "refuse", reason }, language);
      expect(bare.offer).toEqual({ kind: "staff", text: languages[language].offers.staff });
    }
    const alternative = alternativeFor({ method: "face" }, "template");
    const { offer } = sentencesOf(
      { state: "refuse", reason: "face-unknown", alternative },
      language,
    );
    expect(offer?.kind).toBe("card");
    const own: Readonly<Record<string, string | undefined>> = alternative.words;
    expect(offer?.text).toBe(own[language] ?? languages[language].offers.card);
  }
});

test("the voice says no name unless it may, and reads furigana", () => {
  const shown = { state: "admit-name", values: { name: "Hana" }, reason: "face-matched" } as const;
  expect(spokenOf(shown, "en")).toBe("Welcome Please go ahead.");
  expect(spokenOf({ ...shown, isNameSpoken: true }, "en")).toContain("Hana");
  const asked = spokenOf({ state: "far" }, "ja-easy");
  expect(asked).toContain("ちかく");
  expect(asked).not.toMatch(/[\p{Script=Han}|[\]]/u);
});

test("a browser's wish is met where there is such a language", () => {
  expect(preferredLanguage(["fr", "pt-PT"])).toBe("pt");
  expect(preferredLanguage(["zh-TW"])).toBe("zh");
  expect(preferredLanguage(["fr"])).toBe("en");
  expect(["ja-easy", "toString", "__proto__", null].map((name) => isLanguage(name))).toEqual([
    ...[true, false, false, false],
  ]);
});

test("colour is never alone: every tone has signs of its own, and outcomes differ in both", () => {
  const outcomes = (["admit", "card", "refuse", "out-of-service"] as const).map(
    (state) => looks[state],
  );
  expect(new Set(outcomes.map(({ tone }) => tone)).size).toBe(4);
  expect(new Set(outcomes.map(({ sign }) => sign)).size).toBe(4);
});

test("the page's scripts and words fit their types", () => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  execFileSync(process.execPath, [tsc, "-p", `${root}device/kiosk/page`], { stdio: "pipe" });
});
