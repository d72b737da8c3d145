/**
 * Speaks what is shown, by the browser's own voice where it has one for the language, and not at all
 * where it has none: a wrong voice reads a language so that nobody understands it.
 */

/** A state that passes by is spoken only when it has stayed for so long. */
const settledMs = 900;
/** Somebody who stands there is not told the same over and over. */
const repeatMs = 8_000;

/** @param {SpeechSynthesis | undefined} synthesis @param {(text: string, voice: SpeechSynthesisVoice, loudness: number) => SpeechSynthesisUtterance} utter */
export function createVoice(synthesis, utter = newUtterance) {
  let said = "";
  let saidAt = Number.NEGATIVE_INFINITY;
  /** @type {{text: string, since: number} | undefined} */
  let waiting;

  /** @param {string} text @param {string} tag @param {number} loudness */
  function speak(text, tag, loudness) {
    const voice = synthesis && voiceFor(synthesis.getVoices(), tag);
    if (!synthesis || !voice) return;
    synthesis.cancel();
    synthesis.speak(utter(text, voice, loudness));
  }

  return {
    /**
     * @param {string} text @param {{tag: string, loudness: number, isQuiet: boolean, isNew: boolean, now: number}} how
     *   `isQuiet`: it waits until it has stayed; `isNew`: an answer of its own, said even if it was said before.
     */
    say(text, { tag, loudness, isQuiet, isNew, now }) {
      if (isQuiet && waiting?.text !== text) waiting = { text, since: now };
      if (isQuiet && waiting && now - waiting.since < settledMs) return;
      if (!isQuiet) waiting = undefined;
      if (text === said && !isNew && (!isQuiet || now - saidAt < repeatMs)) return;
      if (text === said && isQuiet) return;
      said = text;
      saidAt = now;
      speak(text, tag, loudness);
    },
    hush() {
      waiting = undefined;
      synthesis?.cancel();
    },
  };
}

/** @param {readonly SpeechSynthesisVoice[]} voices @param {string} tag */
export function voiceFor(voices, tag) {
  const language = tag.slice(0, 2);
  const matching = voices.filter(({ lang }) => lang.slice(0, 2).toLowerCase() === language);
  const exact = matching.find(
    ({ lang }) => lang.replace("_", "-").toLowerCase() === tag.toLowerCase(),
  );
  return exact ?? matching[0];
}

/** @param {string} text @param {SpeechSynthesisVoice} voice @param {number} loudness */
function newUtterance(text, voice, loudness) {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.volume = loudness;
  utterance.rate = 0.95;
  return utterance;
}
