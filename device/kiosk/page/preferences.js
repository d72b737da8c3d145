/**
 * How somebody wants the screen: language, contrast, reach, sound. What a person chooses is theirs and
 * goes with them; the address of the page says what the kiosk starts with and returns to, for example
 * `?lang=ja&contrast=high&reach=low&sound=off&volume=3`.
 *
 * @typedef {import("./words/words.js").Language} Language
 * @typedef {{language: Language, contrast: "normal" | "high", reach: "normal" | "low", sound: boolean, volume: number}} Preferences
 *   `volume` counts from 1 to 4.
 */
import { isLanguage, preferredLanguage } from "./words/words.js";

export const volumeMax = 4;
const usualVolume = 3;

/**
 * @param {string} query The page's address after the question mark.
 * @param {{languages: readonly string[], wantsContrast: boolean}} browser
 * @returns {Preferences}
 */
export function defaultPreferences(query, { languages, wantsContrast }) {
  const asked = new URLSearchParams(query);
  const language = asked.get("lang");
  const contrast = asked.get("contrast");
  const volume = Number(asked.get("volume"));
  return {
    language: isLanguage(language) ? language : preferredLanguage(languages),
    contrast: contrast === "high" || (contrast === null && wantsContrast) ? "high" : "normal",
    reach: asked.get("reach") === "low" ? "low" : "normal",
    sound: asked.get("sound") !== "off",
    volume: Number.isInteger(volume) && volume >= 1 && volume <= volumeMax ? volume : usualVolume,
  };
}
