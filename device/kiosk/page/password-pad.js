/** The keys for the password of a signature: letters and digits, held as bytes, sent as bytes and wiped. */

import { at } from "./dom.js";

const charactersMin = 6;
const charactersMax = 16;
/** What a message with a password begins with; no picture and no PIN does. */
const passwordMark = 0x57;
/** In an order that everybody can search, whether they type or not. */
const keys = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0";

/** @param {{ onPassword: (message: Uint8Array) => void, onWithout: () => void }} handlers */
export function createPasswordPad({ onPassword, onWithout }) {
  const message = new Uint8Array(1 + charactersMax);
  let typed = 0;
  const pad = at("password-pad");
  const sign = /** @type {HTMLButtonElement} */ (at("password-sign"));

  function draw() {
    at("password-dots").textContent = "●".repeat(typed) || "○";
    at("password-count").textContent = `${typed} / ${charactersMin}–${charactersMax}`;
    sign.disabled = typed < charactersMin;
  }

  function clear() {
    message.fill(0);
    typed = 0;
    draw();
  }

  /** @param {string} character */
  function press(character) {
    if (pad.hidden || typed === charactersMax) return;
    typed += 1;
    message[typed] = character.charCodeAt(0);
    draw();
  }

  function erase() {
    if (typed === 0) return;
    message[typed] = 0;
    typed -= 1;
    draw();
  }

  function send() {
    if (pad.hidden || typed < charactersMin) return;
    message[0] = passwordMark;
    pad.hidden = true;
    onPassword(message.subarray(0, 1 + typed));
    clear();
  }

  at("password-keys").append(
    ...[...keys].map((character) => {
      const key = document.createElement("button");
      Object.assign(key, { type: "button", className: "key", textContent: character });
      key.addEventListener("click", () => press(character));
      return key;
    }),
  );
  at("password-erase").addEventListener("click", erase);
  sign.addEventListener("click", send);
  at("password-without").addEventListener("click", () => {
    clear();
    pad.hidden = true;
    onWithout();
  });
  at("password-go-on").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (pad.hidden || at("password-keys").hidden || event.ctrlKey || event.altKey) return;
    if (/^[0-9A-Za-z]$/.test(event.key)) press(event.key.toUpperCase());
    else if (event.key === "Backspace") erase();
  });

  /** @param {boolean} mustConfirm One try is left, and somebody must want to spend it. */
  function show(mustConfirm) {
    clear();
    pad.hidden = false;
    for (const id of ["password-keys", "password-dots", "password-erase", "password-sign"]) {
      at(id).hidden = mustConfirm;
    }
    at("password-go-on").hidden = !mustConfirm;
    const first = mustConfirm ? at("password-without") : at("password-keys").firstElementChild;
    /** @type {HTMLElement | null} */ (first)?.focus();
  }

  return {
    show,
    hide() {
      clear();
      pad.hidden = true;
    },
  };
}
