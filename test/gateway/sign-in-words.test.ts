import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { roles } from "#gateway/staff/roles.ts";

const folder = new URL("../../gateway/staff/page/", import.meta.url);
const texts = readdirSync(fileURLToPath(folder)).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), "utf8"),
}));
const { words } = (await import(new URL("words.js", folder).href)) as {
  readonly words: Readonly<Record<"ja" | "en", Readonly<Record<string, string>>>>;
};

test("every word of the sign-in's pages is there in both languages, and in the right one", () => {
  expect(Object.keys(words.en).sort()).toEqual(Object.keys(words.ja).sort());
  const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
  const both = ["language", "codeHint", "kanaHint"];
  for (const [key, text] of Object.entries(words.ja)) {
    if (!both.includes(key)) expect(text, key).toMatch(japanese);
  }
  for (const [key, text] of Object.entries(words.en)) {
    if (!both.includes(key)) expect(text, key).not.toMatch(japanese);
  }
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
