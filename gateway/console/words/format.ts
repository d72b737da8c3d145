import { gatewayNow, timeZone } from "../live/clock.ts";
import { useStore } from "../store.ts";
import { type Language, languages, useLanguage, useWords } from "./language.ts";
import { plain } from "./phrase.ts";

export interface Format {
  number(value: number): string;
  yen(value: number): string;
  percent(share: number): string;
  /** The time of day, with seconds. */
  time(at: number): string;
  /** The time of day to the minute. */
  hour(at: number): string;
  /** Day and time. */
  moment(at: number): string;
  /** A calendar day that is written 2026-04-01. */
  day(day: string): string;
  /** The same with its year and without its weekday, for a column. */
  date(day: string): string;
  /** How long ago by the gateway's clock: "12 s ago". */
  ago(at: number): string;
}

const made = new Map<string, Omit<Format, "ago">>();

/** Numbers and times in the language that is spoken, in the gateway's time zone. */
export function useFormat(): Format {
  const language = useLanguage();
  const zone = useStore(timeZone);
  const words = useWords();
  const key = `${language} ${zone ?? ""}`;
  const base = made.get(key) ?? makeFormat(language, zone);
  made.set(key, base);
  return {
    ...base,
    ago(at) {
      const seconds = Math.max(0, Math.round(((gatewayNow() ?? at) - at) / 1_000));
      if (seconds < 100) return plain(words.text.secondsAgo, { n: seconds });
      if (seconds < 6_000) return plain(words.text.minutesAgo, { n: Math.round(seconds / 60) });
      return base.moment(at);
    },
  };
}

function makeFormat(language: Language, zone: string | undefined): Omit<Format, "ago"> {
  const { tag } = languages[language];
  const place = zone === undefined ? {} : { timeZone: zone };
  const time = new Intl.DateTimeFormat(tag, {
    ...{ ...place, timeStyle: "medium", hourCycle: "h23" },
  });
  const hour = new Intl.DateTimeFormat(tag, {
    ...{ ...place, hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const moment = new Intl.DateTimeFormat(tag, {
    ...place,
    ...{ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const day = new Intl.DateTimeFormat(tag, {
    ...{ timeZone: "UTC", month: "long", day: "numeric", weekday: "short" },
  });
  const date = new Intl.DateTimeFormat(tag, { timeZone: "UTC", dateStyle: "medium" });
  const number = new Intl.NumberFormat(tag);
  const yen = new Intl.NumberFormat(tag, {
    ...{ style: "currency", currency: "JPY", currencyDisplay: "narrowSymbol" },
  });
  const percent = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 });
  return {
    number: (value) => number.format(value),
    yen: (value) => yen.format(value),
    percent: (share) => percent.format(share),
    time: (at) => time.format(at),
    hour: (at) => hour.format(at),
    moment: (at) => unbroken(moment.formatToParts(at)),
    day: (text) => day.format(Date.parse(`${text}T00:00:00Z`)),
    date: (text) => date.format(Date.parse(`${text}T00:00:00Z`)),
  };
}

/** A narrow column breaks a moment between its day and its time, and nowhere else. */
function unbroken(parts: readonly Intl.DateTimeFormatPart[]): string {
  return parts
    .map(({ type, value }, at) => {
      const isBetween = parts[at + 1]?.type === "hour" || parts[at - 1]?.type === "minute";
      return type === "literal" && !isBetween ? value.replaceAll(" ", "\u00a0") : value;
    })
    .join("");
}
