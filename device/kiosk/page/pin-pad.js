/** The keypad: four digits, held as bytes, sent as bytes and wiped; the screen shows dots only. */

import { at } from "./dom.js";

const digitsWanted = 4;
/** What a message with a PIN begins with; no picture does. */
const pinMark = 0x50;

/** @param {{ onPin: (message: Uint8Array) => void, onCancel: () => void }} handlers */
export function createPinPad({ onPin, onCancel }) {
  const message = new Uint8Array(1 + digitsWanted);
  let typed = 0;
  const pad = at("pin-pad");

  function draw() {
    at("pin-dots").textContent = "●".repeat(typed) + "○".repeat(digitsWanted - typed);
    at("pin-count").textContent = `${typed} / ${digitsWanted}`;
  }

  function clear() {
    message.fill(0);
    typed = 0;
    draw();
  }

  /** @param {number} digit */
  function press(digit) {
    if (pad.hidden || typed === digitsWanted) return;
    typed += 1;
    message[typed] = 0x30 + digit;
    draw();
    if (typed < digitsWanted) return;
    message[0] = pinMark;
    pad.hidden = true;
    onPin(message);
    clear();
  }

  function erase() {
    if (typed === 0) return;
    message[typed] = 0;
    typed -= 1;
    draw();
  }

  for (const key of pad.querySelectorAll("[data-digit]")) {
    key.addEventListener("click", () => press(Number(key.getAttribute("data-digit"))));
  }
  at("pin-erase").addEventListener("click", erase);
  at("pin-cancel").addEventListener("click", () => {
    clear();
    pad.hidden = true;
    onCancel();
  });
  at("pin-go-on").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (pad.hidden || at("pin-keys").hidden) return;
    if (/^[0-9]$/.test(event.key)) press(Number(event.key));
    else if (event.key === "Backspace") erase();
  });

  /** @param {boolean} mustConfirm One try is left, and somebody must want to spend it. */
  function show(mustConfirm) {
    clear();
    pad.hidden = false;
    at("pin-keys").hidden = mustConfirm;
    at("pin-confirm").hidden = !mustConfirm;
    at("pin-dots").hidden = mustConfirm;
    // The way out is where the other keys are: the last of them, or beside "go on".
    at(mustConfirm ? "pin-confirm" : "pin-keys").append(at("pin-cancel"));
    at(mustConfirm ? "pin-cancel" : "pin-first").focus();
  }

  return {
    show,
    hide() {
      clear();
      pad.hidden = true;
    },
  };
}
