/** Which words go with what is shown. */
import { readings } from "./dom.js";
import { fill, languages } from "./words/words.js";

/**
 * @typedef {import("./situation.js").Shown} Shown
 * @typedef {import("./words/words.js").Language} Language
 * @typedef {{title: string, detail: string, offer: {kind: import("./words/shape.js").Offer, text: string} | undefined}} Said
 */

/** @param {Shown} shown @param {Language} language @returns {Said} */
export function sentencesOf(shown, language) {
  const words = languages[language];
  const { title, detail } = sentenceOf(shown, words);
  const values = shown.values ?? {};
  return {
    title: fill(title, values),
    detail: fill(detail, values),
    offer: offerOf(shown, language),
  };
}

/** @param {Shown} shown @param {import("./words/shape.js").Words} words */
function sentenceOf({ state, reason, hint, failure }, words) {
  if (state === "refuse") {
    const known = words.reasons[reason ?? "face-unknown"];
    return hint ? { ...known, detail: words.hints[hint].detail } : known;
  }
  const sentence = words.states[state];
  if (state === "enrolling") return words.hints[hint ?? "look-here"];
  if (state === "enrol-failed" || state === "withdraw-failed") {
    const known = /** @type {Readonly<Record<string, string>>} */ (words.failures);
    return { ...sentence, detail: known[failure ?? ""] ?? sentence.detail };
  }
  // An admission says what proved it, where the decision says more than that a face did.
  if (reason && (state === "admit" || state === "admit-name")) {
    return { ...sentence, detail: words.reasons[reason].detail };
  }
  return sentence;
}

/**
 * The policy's own words where it has them in this language; otherwise those that ship, so that a
 * screen never mixes languages. Nobody is refused without another way.
 * @param {Shown} shown @param {Language} language @returns {Said["offer"]}
 */
function offerOf({ state, alternative }, language) {
  if (state !== "refuse" && state !== "card") return undefined;
  if (!alternative && state === "card") return undefined;
  const kind = alternative?.offer ?? "staff";
  return { kind, text: alternative?.words[language] ?? languages[language].offers[kind] };
}

/** What a voice says: no name unless it may, and readings in place of kanji where there are some. @param {Shown} shown @param {Language} language */
export function spokenOf(shown, language) {
  const nameless = shown.state === "admit-name" && !shown.isNameSpoken;
  const { title, detail, offer } = sentencesOf(
    nameless ? { ...shown, state: "admit" } : shown,
    language,
  );
  return readings([title, detail, offer?.text ?? ""].filter((text) => text !== "").join(" "));
}
