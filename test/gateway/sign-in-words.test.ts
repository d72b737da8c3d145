import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { roles } from "#gateway/staff/roles.ts";

const folder = new URL("../../gateway/staff/page/", import.meta.url);
const texts = readdirSync(fileURLToPath(folder))
  .filter((name) => name !== "words")
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
const { words } = (await import(new URL("words.js", folder).href)) as {
  readonly words: Readonly<Record<Language, Readonly<Record<string, string>>>>;
};
type Language = "ja" | "easy" | "en" | "zh" | "pt" | "vi";

const kana = "\\p{Script=Hiragana}\\p{Script=Katakana}";
const asian = new RegExp(`[${kana}\\p{Script=Han}]`, "u");
const inJapanese = (text: string) => asian.test(text);
const inLatin = (text: string) => !asian.test(text);
const own: Readonly<Record<Language, (text: string) => boolean>> = {
  ...{ ja: inJapanese, easy: inJapanese, en: inLatin, pt: inLatin, vi: inLatin },
  zh: (text) => /\p{Script=Han}/u.test(text) && !new RegExp(`[${kana}]`, "u").test(text),
};

test("every word of the sign-in's pages is there in every language, and in the right one", () => {
  const mixed = ["codeHint", "kanaHint"]; // They show what is typed.
  for (const [language, said] of Object.entries(words)) {
    expect(Object.keys(said).sort(), language).toEqual(Object.keys(words.en).sort());
    for (const [key, text] of Object.entries(said)) {
      if (!mixed.includes(key))
        expect(own[language as Language](text), `${language} ${key}`).toBe(true);
    }
  }
  const long = (said: Readonly<Record<string, string>>) =>
    Object.values(said).filter((text) => text.length > 12);
  const latin = [words.en, words.pt, words.vi].flatMap(long);
  expect(new Set(latin).size).toBe(latin.length);
});

test("in easy Japanese every kanji has its reading above it", () => {
  const bare = Object.entries(words.easy).filter(([, text]) =>
    /\p{Script=Han}/u.test(text.replaceAll(/\{[^{}|]+\|[^{}|]+\}/g, "")),
  );
  expect(bare).toEqual([]);
});

test("every word that a page asks for exists, and its Japanese stands there before any script runs", () => {
  for (const { name, text } of texts) {
    for (const [, key] of text.matchAll(/\bsay\(\s*"(\w+)"/g)) {
      expect(words.ja, `${name}: ${key}`).toHaveProperty(key!);
    }
    for (const [, key, shown] of text.matchAll(/data-word="(\w+)"[^>]*>([^<]*)</g)) {
      expect(words.ja, `${name}: ${key}`).toHaveProperty(key!);
      expect(shown, `${name}: ${key}`).toBe(words.ja[key!]);
    }
  }
  for (const role of roles) expect(words.ja).toHaveProperty(`role_${role}`);
});

test("no word is there that no page asks for", () => {
  const pages = texts.filter(({ name }) => name !== "words.js").map(({ text }) => text);
  const codes = /^[A-Z_]+$|^role_/; // By the code of a refusal, or by a role.
  const unused = Object.keys(words.ja).filter(
    (key) => !codes.test(key) && !pages.some((text) => text.includes(`"${key}"`)),
  );
  expect(unused).toEqual([]);
});
