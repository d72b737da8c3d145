import { expect, test } from "vitest";
import { words as easy } from "#gateway/console/words/easy/easy.ts";
import { words as en } from "#gateway/console/words/en/en.ts";
import { words as ja } from "#gateway/console/words/ja/ja.ts";
import { words as pt } from "#gateway/console/words/pt/pt.ts";
import { words as vi } from "#gateway/console/words/vi/vi.ts";
import { words as zh } from "#gateway/console/words/zh/zh.ts";

const others = { ja, easy, zh, pt, vi };
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const flat = (table: object) =>
  Object.entries(table as Record<string, Record<string, string>>).flatMap(([group, texts]) =>
    Object.entries(texts).map(([key, text]) => [`${group}.${key}`, text] as const),
  );

test.each(Object.entries(others))(
  "%s says everything that English says, with the same places",
  (_, table) => {
    const english = flat(en);
    const said = new Map(flat(table));
    expect([...said.keys()].sort()).toEqual(english.map(([key]) => key).sort());
    const wrong = english.filter(
      ([key, text]) => `${places(said.get(key) ?? "")}` !== `${places(text)}`,
    );
    expect(wrong.map(([key]) => key)).toEqual([]);
    expect(flat(table).filter(([, text]) => text.trim() === "")).toEqual([]);
  },
);

test.each(Object.entries(others))("no text of %s is still another language's", (name, table) => {
  const kana = /[\u3041-\u30ff]/;
  const own: Record<string, (text: string) => boolean> = {
    ja: (text) => /[\u3041-\u30ff\u4e00-\u9fff]/.test(text),
    easy: (text) => /[\u3041-\u30ff\u4e00-\u9fff]/.test(text),
    zh: (text) => /[\u4e00-\u9fff]/.test(text) && !kana.test(text),
    pt: (text) => !/[\u3041-\u30ff\u4e00-\u9fff]/.test(text),
    vi: (text) => !/[\u3041-\u30ff\u4e00-\u9fff]/.test(text),
  };
  expect(flat(table).filter(([, text]) => /[^、,\s]/.test(text) && !own[name]?.(text))).toEqual([]);
});

test("in easy Japanese every kanji has its reading above it", () => {
  const bare = flat(easy).filter(([, text]) =>
    /[\u4e00-\u9fff々]/.test(text.replaceAll(/\{[^{}|]+\|[^{}|]+\}/g, "")),
  );
  expect(bare).toEqual([]);
});
