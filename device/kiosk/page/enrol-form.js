/** The form that is filled in before an enrolment: a name, and a consent where none is signed. */
import { at, showText } from "./dom.js";

/** @typedef {import("../messages.ts").ShownConsent["service"]} Service */

/**
 * @param {() => import("./words/shape.js").Words} words Those of the moment.
 * @param {(name: string, services: readonly Service[] | undefined) => void} onBegin
 */
export function createEnrolForm(words, onBegin) {
  const dialog = /** @type {HTMLDialogElement} */ (at("enrol-dialog"));
  const nameField = /** @type {HTMLInputElement} */ (at("name"));
  const consentField = /** @type {HTMLInputElement} */ (at("consent"));
  /** What was read and agreed to, for a card to sign. @type {readonly Service[] | undefined} */
  let agreed;

  function submit() {
    const { needName, needConsent } = words().form;
    const name = nameField.value.trim();
    const hasAgreed = agreed !== undefined || consentField.checked;
    const missing = name === "" ? nameField : hasAgreed ? undefined : consentField;
    const told = missing === nameField ? needName : missing === consentField ? needConsent : "";
    showText(at("enrol-error"), told);
    if (missing) {
      missing.focus();
      return;
    }
    const services = agreed;
    close();
    onBegin(name, services);
  }

  /** Nobody's name stays on the screen. */
  function close() {
    nameField.value = "";
    consentField.checked = false;
    agreed = undefined;
    showText(at("enrol-error"), "");
    if (dialog.open) dialog.close();
  }

  /** @param {readonly Service[]} [services] Left out where nothing is signed. */
  function open(services) {
    const { form, consent } = words();
    close();
    agreed = services;
    showText(at("enrol-lead"), services ? consent.nameLead : form.lead);
    at("consent-field").hidden = services !== undefined;
    dialog.showModal();
    nameField.focus();
  }

  at("enrol-close").addEventListener("click", close);
  at("enrol-form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return { open, close };
}
