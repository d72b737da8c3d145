/** What somebody is asked to agree to, one service after the other: no is as large and as near as yes. */
import { at, showText } from "./dom.js";
import { fill } from "./words/words.js";

/**
 * @typedef {import("../messages.ts").ShownConsent} ShownConsent
 * @typedef {ShownConsent["service"]} Service
 */

/**
 * @param {() => {words: import("./words/shape.js").Words, language: import("./words/words.js").Language}} told Those of the moment.
 * @param {{
 *   onAgreed: (services: readonly Service[]) => void,
 *   onDeclined: () => void,
 *   onRead: (text: string) => void,
 * }} handlers `onRead` is given what lies before the person, for the voice.
 */
export function createConsentForm(told, { onAgreed, onDeclined, onRead }) {
  const dialog = /** @type {HTMLDialogElement} */ (at("consent-dialog"));
  /** @type {readonly ShownConsent[]} */
  let consents = [];
  /** @type {Service[]} */
  let agreed = [];
  let place = 0;

  function show() {
    const consent = consents[place];
    if (!consent) return;
    const { words, language } = told();
    const values = { at: place + 1, of: consents.length };
    const lines = consent.words[language].split("\n");
    showText(at("consent-title"), words.consent.title);
    showText(at("consent-lead"), words.consent.lead);
    showText(at("consent-step"), fill(words.consent.step, values));
    at("consent-step").hidden = consents.length === 1;
    showText(at("consent-no"), words.actions.decline);
    showText(at("consent-yes"), words.actions.agree);
    at("consent-words").replaceChildren(
      ...lines.map((line) => {
        const paragraph = document.createElement("p");
        paragraph.textContent = line;
        return paragraph;
      }),
    );
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    // The way out comes first for whoever goes by the keyboard, and nothing is agreed to by one key.
    at("consent-no").focus({ preventScroll: true });
    onRead(lines.join(" "));
  }

  /** @param {boolean} isYes */
  function answer(isYes) {
    const consent = consents[place];
    if (isYes && consent) agreed.push(consent.service);
    place += 1;
    if (place < consents.length) return show();
    const services = agreed;
    close();
    return services.length > 0 ? onAgreed(services) : onDeclined();
  }

  function close() {
    consents = [];
    agreed = [];
    place = 0;
    at("consent-words").replaceChildren();
    if (dialog.open) dialog.close();
  }

  at("consent-no").addEventListener("click", () => answer(false));
  at("consent-yes").addEventListener("click", () => answer(true));
  dialog.addEventListener("cancel", close);
  return {
    close,
    /** @param {readonly ShownConsent[]} asked */
    open(asked) {
      close();
      consents = asked;
      show();
    },
  };
}
