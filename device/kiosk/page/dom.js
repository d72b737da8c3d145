/** The few things that every part does with the page's elements. */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export const at = (id) => /** @type {T} */ (document.getElementById(id));

const ruby = /\[([^|\]]+)\|([^\]]+)\]/g;

/**
 * Shows text in an element, as text whatever is in it; furigana, written as [漢字|かんじ], become ruby.
 * Writes only what has changed, so that a screen reader says it once.
 * @param {Element} element @param {string} text
 */
export function showText(element, text) {
  if (element.getAttribute("data-text") === text) return;
  element.setAttribute("data-text", text);
  element.replaceChildren(...piecesOf(text));
}

/** @param {string} text @returns {(string | HTMLElement)[]} */
function piecesOf(text) {
  const pieces = [];
  let last = 0;
  for (const match of text.matchAll(ruby)) {
    pieces.push(text.slice(last, match.index), annotated(match[1] ?? "", match[2] ?? ""));
    last = match.index + match[0].length;
  }
  pieces.push(text.slice(last));
  return pieces.filter((piece) => piece !== "");
}

/** @param {string} base @param {string} reading */
function annotated(base, reading) {
  const [element, above] = [document.createElement("ruby"), document.createElement("rt")];
  above.textContent = reading;
  element.append(base, above);
  return element;
}

/** The text without its readings, for a label that cannot show them. @param {string} text */
export const withoutReadings = (text) => text.replace(ruby, "$1");

/** The readings in place of what they stand over: what a voice should say. @param {string} text */
export const readings = (text) => text.replace(ruby, "$2");
