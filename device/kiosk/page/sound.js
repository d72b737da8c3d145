/** Short, soft tones for those who do not look at the screen. Off until somebody turns them on. */

const melodies = {
  admit: [523.25, 659.25, 783.99],
  card: [523.25, 523.25],
  refuse: [392, 329.63],
};

export function createSound() {
  /** @type {AudioContext | undefined} */
  let context;
  return {
    get on() {
      return context !== undefined;
    },
    toggle() {
      if (context) {
        void context.close();
        context = undefined;
      } else context = new AudioContext();
    },
    /** @param {keyof typeof melodies} name */
    play(name) {
      if (!context) return;
      let at = context.currentTime + 0.02;
      for (const frequency of melodies[name]) {
        tone(context, frequency, at);
        at += 0.16;
      }
    },
  };
}

/** @param {AudioContext} context @param {number} frequency @param {number} at */
function tone(context, frequency, at) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.18, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.4);
}
