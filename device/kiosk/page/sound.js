/** Short, soft tones for those who do not look at the screen: up for yes, the same twice for a card, down for no. */

/** Frequencies in hertz, one after another. @type {Readonly<Record<import("./looks.js").Melody, readonly number[]>>} */
const melodies = {
  admit: [523.25, 659.25, 783.99],
  card: [523.25, 523.25],
  refuse: [392, 329.63],
  taken: [659.25],
};
const toneEverySeconds = 0.16;

export function createSound() {
  /** @type {AudioContext | undefined} */
  let context;
  return {
    /** @param {import("./looks.js").Melody} name @param {number} loudness 0 to 1 */
    play(name, loudness) {
      context ??= new AudioContext();
      // A browser that wants a touch first keeps quiet until it had one; no old tones are played then.
      if (context.state === "suspended") void context.resume();
      if (context.state !== "running") return;
      let at = context.currentTime + 0.02;
      for (const frequency of melodies[name]) {
        tone(context, frequency, at, loudness);
        at += toneEverySeconds;
      }
    },
  };
}

/** @param {AudioContext} context @param {number} frequency @param {number} at @param {number} loudness */
function tone(context, frequency, at, loudness) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.3 * loudness, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.4);
}
