import {
  type ConsentLanguage,
  consentLanguages,
  consentTexts,
  consentVersions,
  serviceWords,
  type Viewer,
  viewerWords,
} from "./consent-texts.ts";
import { digestOf } from "./digest.ts";
import type { Digest, WallMs } from "./ids.ts";
import type { Service } from "./services.ts";

/** What the words are about. */
export interface ConsentSubject {
  readonly service: Service;
  readonly until: WallMs;
  readonly eventDays: number;
  readonly viewers: readonly Viewer[];
}

/** What a person reads, one text for each language of a version. */
export type ConsentWords = Readonly<Partial<Record<ConsentLanguage, string>>>;

/** The version of the words that a new consent is asked for in; it has every language. */
export const consentTextVersion = "2026-12";

/** The words of a version about these terms; undefined for a version that nobody knows. */
export function consentWords(version: string, subject: ConsentSubject): ConsentWords | undefined {
  const written = Object.hasOwn(consentVersions, version) ? consentVersions[version] : undefined;
  return written && wordsIn(written, subject);
}

/** The words that a new consent is asked for in, in every language. */
export function newConsentWords(
  subject: ConsentSubject,
): Readonly<Record<ConsentLanguage, string>> {
  return wordsIn(consentLanguages, subject) as Record<ConsentLanguage, string>;
}

/** What a service is called in the words, in every language. */
export function serviceInWords(service: Service): Readonly<Record<ConsentLanguage, string>> {
  const names = consentLanguages.map((language, index) => [language, serviceWords[service][index]]);
  return Object.fromEntries(names);
}

/** The digest that a statement names: of the very words that were shown, in all languages. */
export function digestOfWords(version: string, words: ConsentWords): Digest {
  const written = consentVersions[version] ?? [];
  const parts = [version, ...written.map((language) => words[language])];
  return digestOf("tebura-consent-words-v1\0", JSON.stringify(parts));
}

function wordsIn(written: readonly ConsentLanguage[], subject: ConsentSubject): ConsentWords {
  const all = written.map((language) => [
    language,
    filled(consentTexts[language], told(subject, language, consentLanguages.indexOf(language))),
  ]);
  return Object.fromEntries(all);
}

type Told = { service: string; until: string; days: string; viewers: string };

function told(subject: ConsentSubject, language: ConsentLanguage, index: number): Told {
  const separator = language === "ja" || language === "ja-easy" || language === "zh" ? "、" : ", ";
  return {
    service: serviceWords[subject.service][index] ?? subject.service,
    until: dayOf(subject.until, language),
    days: `${subject.eventDays}`,
    viewers: subject.viewers.map((viewer) => viewerWords[viewer][index]).join(separator),
  };
}

function filled(text: string, parts: Told): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => parts[name as keyof Told] ?? "");
}

const japanMs = 9 * 3_600_000;

/** A day in Japan, which has had one offset and no summer time since 1951. */
function dayOf(at: WallMs, language: ConsentLanguage): string {
  const iso = new Date(at + japanMs).toISOString().slice(0, 10);
  const [year, month, day] = iso.split("-").map(Number);
  if (language === "ja" || language === "zh") return `${year}年${month}月${day}日`;
  if (language === "ja-easy") return `${year}ねん ${month}がつ ${day}にち`;
  return language === "en" ? iso : `${day}/${month}/${year}`;
}
