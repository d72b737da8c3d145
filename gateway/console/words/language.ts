import { remember, remembered } from "../memory.ts";
import { createStore, useStore } from "../store.ts";
import type { Words } from "./words.ts";

/** The languages, each by its own name, and how HTML names it (BCP 47). */
export const languages = {
  ja: { name: "日本語", tag: "ja" },
  easy: { name: "やさしい日本語", tag: "ja" },
  en: { name: "English", tag: "en" },
  zh: { name: "简体中文", tag: "zh-Hans" },
  pt: { name: "Português", tag: "pt" },
  vi: { name: "Tiếng Việt", tag: "vi" },
} as const;
export type Language = keyof typeof languages;

/** Each language is a file of its own: a page loads the one that it speaks. */
const tables: Readonly<Record<Language, () => Promise<{ readonly words: unknown }>>> = {
  ja: () => import("./ja/ja.ts"),
  easy: () => import("./easy/easy.ts"),
  en: () => import("./en/en.ts"),
  zh: () => import("./zh/zh.ts"),
  pt: () => import("./pt/pt.ts"),
  vi: () => import("./vi/vi.ts"),
};

const spoken = createStore<{ language: Language; words: Words } | undefined>(undefined);

const isLanguage = (text: string | undefined): text is Language =>
  text !== undefined && Object.hasOwn(languages, text);

/** What was chosen before, or what the browser asks for; Japanese where neither is known. */
export function firstLanguage(): Language {
  const chosen = remembered("language");
  if (isLanguage(chosen)) return chosen;
  for (const tag of navigator.languages) {
    const short = tag.split("-")[0];
    if (isLanguage(short)) return short;
  }
  return "ja";
}

export async function speak(language: Language): Promise<void> {
  const { words } = await tables[language]();
  document.documentElement.lang = languages[language].tag;
  spoken.set({ language, words: words as Words });
}

export async function choose(language: Language): Promise<void> {
  remember("language", language);
  await speak(language);
}

export function useLanguage(): Language {
  return useStore(spoken, (now) => now?.language) ?? "ja";
}

/** The words of the language that is spoken. Only after `speak`. */
export function useWords(): Words {
  const words = useStore(spoken, (now) => now?.words);
  if (!words) throw new Error("a page is drawn before its words are there");
  return words;
}
