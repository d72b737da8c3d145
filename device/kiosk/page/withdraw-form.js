/** Before a consent is ended: for which services, where there are several. Nobody at the screen sees who agreed to what. */
import { at, showText } from "./dom.js";

/** @typedef {import("../messages.ts").ShownConsent} ShownConsent */

/**
 * @param {() => {words: import("./words/shape.js").Words, language: import("./words/words.js").Language}} told Those of the moment.
 * @param {(services: readonly ShownConsent["service"][]) => void} onBegin
 */
export function createWithdrawForm(told, onBegin) {
  const dialog = /** @type {HTMLDialogElement} */ (at("withdraw-dialog"));
  const list = /** @type {HTMLFieldSetElement} */ (at("withdraw-services"));

  /** @param {readonly ShownConsent[]} consents */
  function open(consents) {
    const { words, language } = told();
    showText(at("withdraw-title"), words.consent.endTitle);
    showText(at("withdraw-lead"), words.consent.endLead);
    showText(at("withdraw-error"), "");
    showText(at("withdraw-close"), words.actions.close);
    showText(at("withdraw-begin"), words.actions.goOn);
    list.replaceChildren(...consents.map(({ service, name }) => choice(service, name[language])));
    list.hidden = consents.length === 1;
    dialog.showModal();
    at("withdraw-close").focus();
  }

  /** @param {string} service @param {string} name */
  function choice(service, name) {
    const [label, input] = [document.createElement("label"), document.createElement("input")];
    const words = document.createElement("span");
    words.textContent = name;
    Object.assign(input, { type: "checkbox", value: service, checked: true });
    label.className = "consent";
    label.append(input, words);
    return label;
  }

  function close() {
    list.replaceChildren();
    if (dialog.open) dialog.close();
  }

  at("withdraw-close").addEventListener("click", close);
  dialog.addEventListener("cancel", close);
  at("withdraw-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [...list.querySelectorAll("input")].filter(({ checked }) => checked);
    const services = chosen.map(({ value }) => /** @type {ShownConsent["service"]} */ (value));
    if (services.length === 0)
      return showText(at("withdraw-error"), told().words.consent.needService);
    close();
    return onBegin(services);
  });
  return { open, close };
}
