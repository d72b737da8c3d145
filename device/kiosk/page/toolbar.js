/** The buttons that change how the screen is: language with one touch, sound, contrast, reach. */
import { at, showText } from "./dom.js";
import { volumeMax } from "./preferences.js";
import { languageNames, languages } from "./words/words.js";

/** @typedef {import("./preferences.js").Preferences} Preferences */

/**
 * @param {(change: Partial<Preferences>) => void} onChange
 * @returns {(preferences: Preferences) => void} shows what is chosen
 */
export function createToolbar(onChange) {
  /** @type {Preferences | undefined} */
  let chosen;
  const buttons = languageNames.map((language) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    button.lang = languages[language].tag;
    button.dataset.language = language;
    showText(button, languages[language].self);
    button.addEventListener("click", () => onChange({ language }));
    return button;
  });
  at("languages").append(...buttons);

  /** @param {string} id @param {(now: Preferences) => Partial<Preferences>} change */
  function on(id, change) {
    at(id).addEventListener("click", () => chosen && onChange(change(chosen)));
  }
  on("sound", ({ sound }) => ({ sound: !sound }));
  on("louder", ({ volume }) => ({ volume: Math.min(volumeMax, volume + 1), sound: true }));
  on("quieter", ({ volume }) => ({ volume: Math.max(1, volume - 1) }));
  on("contrast", ({ contrast }) => ({ contrast: contrast === "high" ? "normal" : "high" }));
  on("reach", ({ reach }) => ({ reach: reach === "low" ? "normal" : "low" }));

  return (preferences) => {
    chosen = preferences;
    const { actions } = languages[preferences.language];
    for (const button of buttons) {
      const isChosen = button.dataset.language === preferences.language;
      button.setAttribute("aria-pressed", String(isChosen));
    }
    document.documentElement.dataset.contrast = preferences.contrast;
    document.documentElement.dataset.reach = preferences.reach;
    showText(at("sound-label"), preferences.sound ? actions.soundOn : actions.soundOff);
    showText(at("louder-label"), actions.louder);
    showText(at("quieter-label"), actions.quieter);
    showText(at("contrast-label"), actions.contrast);
    showText(at("reach-label"), actions.reach);
    at("sound").setAttribute("aria-pressed", String(preferences.sound));
    at("sound").dataset.volume = String(preferences.sound ? preferences.volume : 0);
    at("contrast").setAttribute("aria-pressed", String(preferences.contrast === "high"));
    at("reach").setAttribute("aria-pressed", String(preferences.reach === "low"));
  };
}
