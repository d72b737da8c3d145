/** How each state looks and sounds: colour, shape and sound say the same as the words. */

/**
 * @typedef {"calm" | "guide" | "good" | "card" | "other" | "warn"} Tone
 * @typedef {"person" | "closer" | "eye" | "light" | "still" | "check" | "card" | "desk" | "camera"
 *   | "camera-off" | "wait" | "left" | "right" | "face" | "pause"} Sign
 * @typedef {"admit" | "card" | "refuse" | "taken"} Melody
 * @typedef {{
 *   readonly sign: Sign,
 *   readonly tone: Tone,
 *   readonly melody?: Melody,
 *   readonly start?: "start" | "retry",
 *   readonly enrol?: true,
 *   readonly cancel?: true,
 *   readonly quiet?: true,
 * }} Look `enrol`: what somebody may begin here is offered. `quiet` states pass by and are spoken only when they stay.
 * @typedef {"loading" | "start" | "asking" | "refused" | "absent" | "busy" | "insecure" | "offline" | "replaced"
 *   | "idle" | "far" | "turned" | "light" | "blurred" | "looking"
 *   | "admit" | "admit-name" | "card" | "card-read" | "card-pin" | "card-wrong" | "card-last" | "card-sign"
 *   | "password" | "password-wrong" | "password-last"
 *   | "refuse" | "enrolling" | "enrolled" | "renewed" | "enrol-failed"
 *   | "consent-card" | "declined" | "withdraw-card" | "withdrawn" | "withdraw-failed"
 *   | "frozen" | "dark" | "covered" | "out-of-service"} State
 */

/** @type {Readonly<Record<State, Look>>} */
export const looks = {
  loading: { sign: "wait", tone: "calm", quiet: true },
  start: { sign: "camera", tone: "calm", start: "start", quiet: true },
  asking: { sign: "camera", tone: "calm", quiet: true },
  refused: { sign: "camera-off", tone: "warn", start: "retry" },
  absent: { sign: "camera-off", tone: "warn", start: "retry" },
  busy: { sign: "camera-off", tone: "warn", start: "retry" },
  insecure: { sign: "camera-off", tone: "warn" },
  offline: { sign: "wait", tone: "warn", quiet: true },
  replaced: { sign: "camera", tone: "calm", start: "start" },
  idle: { sign: "person", tone: "calm", enrol: true, quiet: true },
  far: { sign: "closer", tone: "guide", enrol: true, quiet: true },
  turned: { sign: "eye", tone: "guide", enrol: true, quiet: true },
  light: { sign: "light", tone: "guide", enrol: true, quiet: true },
  blurred: { sign: "still", tone: "guide", enrol: true, quiet: true },
  looking: { sign: "wait", tone: "guide", enrol: true, quiet: true },
  admit: { sign: "check", tone: "good", melody: "admit" },
  "admit-name": { sign: "check", tone: "good", melody: "admit" },
  card: { sign: "card", tone: "card", melody: "card", enrol: true },
  "card-read": { sign: "wait", tone: "card" },
  "card-pin": { sign: "card", tone: "card", melody: "card" },
  "card-wrong": { sign: "card", tone: "card", melody: "refuse" },
  "card-last": { sign: "desk", tone: "other", melody: "refuse" },
  "card-sign": { sign: "wait", tone: "card" },
  password: { sign: "card", tone: "card", melody: "card" },
  "password-wrong": { sign: "card", tone: "card", melody: "refuse" },
  "password-last": { sign: "desk", tone: "other", melody: "refuse" },
  refuse: { sign: "desk", tone: "other", melody: "refuse", enrol: true },
  enrolling: { sign: "eye", tone: "guide", cancel: true, quiet: true },
  enrolled: { sign: "check", tone: "good", melody: "admit" },
  renewed: { sign: "check", tone: "good", melody: "admit" },
  "enrol-failed": { sign: "desk", tone: "other", melody: "refuse", enrol: true },
  "consent-card": { sign: "card", tone: "card", melody: "card", cancel: true },
  declined: { sign: "check", tone: "calm", enrol: true },
  "withdraw-card": { sign: "card", tone: "card", melody: "card", cancel: true },
  withdrawn: { sign: "check", tone: "good", melody: "admit" },
  "withdraw-failed": { sign: "desk", tone: "other", melody: "refuse", enrol: true },
  frozen: { sign: "camera-off", tone: "warn" },
  dark: { sign: "light", tone: "warn" },
  covered: { sign: "camera-off", tone: "warn" },
  "out-of-service": { sign: "pause", tone: "warn" },
};

export const states = /** @type {readonly State[]} */ (Object.keys(looks));

/** The sign that goes with each hint of an enrolment. @type {Readonly<Record<import("./words/shape.js").EnrolmentHint, Sign>>} */
export const hintSigns = {
  nobody: "person",
  "one-person": "person",
  closer: "closer",
  "look-here": "eye",
  "turn-left": "left",
  "turn-right": "right",
  "hold-still": "still",
  "more-light": "light",
  "less-light": "light",
  uncover: "face",
};
