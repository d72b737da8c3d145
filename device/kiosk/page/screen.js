/** What is drawn: one state at a time, and a frame around each face. */
import { fill, languages } from "./strings.js";

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** The sign, the tone of the colour, and which buttons go with each state. */
const looks = {
  loading: { sign: "wait", tone: "calm" },
  start: { sign: "camera", tone: "calm", start: "start" },
  asking: { sign: "camera", tone: "calm" },
  refused: { sign: "camera-off", tone: "warn", start: "retry" },
  absent: { sign: "camera-off", tone: "warn", start: "retry" },
  busy: { sign: "camera-off", tone: "warn", start: "retry" },
  insecure: { sign: "camera-off", tone: "warn" },
  offline: { sign: "wait", tone: "warn" },
  replaced: { sign: "camera", tone: "calm", start: "start" },
  idle: { sign: "person", tone: "calm", enrol: true },
  far: { sign: "closer", tone: "guide", enrol: true },
  turned: { sign: "eye", tone: "guide", enrol: true },
  light: { sign: "light", tone: "guide", enrol: true },
  blurred: { sign: "still", tone: "guide", enrol: true },
  looking: { sign: "wait", tone: "guide", enrol: true },
  admit: { sign: "check", tone: "good" },
  "admit-name": { sign: "check", tone: "good" },
  card: { sign: "card", tone: "card", enrol: true },
  "card-read": { sign: "wait", tone: "card" },
  "card-pin": { sign: "card", tone: "card" },
  "card-wrong": { sign: "card", tone: "card" },
  "card-last": { sign: "desk", tone: "warn" },
  "card-sign": { sign: "wait", tone: "card" },
  refuse: { sign: "desk", tone: "other", enrol: true },
  enrolling: { sign: "eye", tone: "guide", cancel: true },
  enrolled: { sign: "check", tone: "good" },
  "enrol-failed": { sign: "desk", tone: "other", enrol: true },
  frozen: { sign: "camera-off", tone: "warn" },
  dark: { sign: "light", tone: "warn" },
  covered: { sign: "camera-off", tone: "warn" },
};

/** @typedef {keyof typeof looks} State */
/** @typedef {{x: number, y: number, width: number, height: number, reasons: string[]}} FaceBox */

/** @param {HTMLVideoElement} video */
export function createScreen(video) {
  /** @type {keyof typeof languages} */
  let language = "en";
  /** @type {State} */
  let state = "loading";
  /** @type {Record<string, string | number>} */
  let values = {};
  /** @type {string | undefined} */
  let detail;

  function draw() {
    const words = languages[language];
    /** @type {{sign: string, tone: string, start?: string, enrol?: boolean, cancel?: boolean}} */
    const look = looks[state];
    const { title, detail: usual } = words.states[state];
    document.body.dataset.state = state;
    document.body.dataset.tone = look.tone;
    for (const sign of document.querySelectorAll("[data-sign]")) {
      sign.toggleAttribute("data-shown", sign.getAttribute("data-sign") === look.sign);
    }
    say("headline", fill(title, values));
    say("detail", fill(detail ?? usual, values));
    at("start").hidden = look.start === undefined;
    say("start", look.start === "retry" ? words.actions.retry : words.actions.start);
    at("enrol").hidden = !look.enrol;
    at("cancel").hidden = !look.cancel;
    const progress = /** @type {HTMLProgressElement} */ (at("progress"));
    progress.hidden = state !== "enrolling";
    progress.max = Number(values["wanted"] ?? 4);
    progress.value = Number(values["taken"] ?? 0);
  }

  return {
    /** @param {State} next @param {Record<string, string | number>} [filled] @param {string} [told] */
    show(next, filled = {}, told) {
      state = next;
      values = filled;
      detail = told;
      draw();
    },
    get state() {
      return state;
    },
    /** @param {keyof typeof languages} next */
    speak(next) {
      language = next;
      document.documentElement.lang = next;
      label(next);
      draw();
    },
    /** @param {readonly FaceBox[]} boxes */
    frameFaces(boxes) {
      drawFaces(at("faces"), video, boxes);
    },
  };
}

/** Writes only what has changed, so that a screen reader says it once. @param {string} id @param {string} text */
function say(id, text) {
  const element = at(id);
  if (element.textContent !== text) element.textContent = text;
}

/** @param {keyof typeof languages} language */
function label(language) {
  const { actions, form, link } = languages[language];
  const next = nextLanguage(language);
  say("enrol", actions.enrol);
  say("cancel", actions.cancel);
  say("pin-erase", actions.erase);
  say("pin-cancel", actions.cancel);
  say("pin-go-on", actions.goOn);
  say("link", link);
  say("language", languages[next].self);
  at("language").lang = next;
  at("language").setAttribute("aria-label", `${languages[next].self}: ${actions.language}`);
  say("enrol-title", form.title);
  say("enrol-lead", form.lead);
  say("name-label", form.name);
  say("consent-label", form.consent);
  say("enrol-close", actions.close);
  say("enrol-begin", actions.begin);
  say("enrol-error", "");
}

/** @param {keyof typeof languages} language @returns {keyof typeof languages} */
export function nextLanguage(language) {
  const names = /** @type {(keyof typeof languages)[]} */ (Object.keys(languages));
  return names[(names.indexOf(language) + 1) % names.length] ?? "en";
}

/**
 * Lays a frame over each face. The video covers the stage and is mirrored, so a share of the picture
 * becomes a place on the stage by the same scale and crop.
 * @param {HTMLElement} layer @param {HTMLVideoElement} video @param {readonly FaceBox[]} boxes
 */
function drawFaces(layer, video, boxes) {
  const { clientWidth: width, clientHeight: height } = layer;
  const scale = Math.max(width / (video.videoWidth || 1), height / (video.videoHeight || 1));
  const shown = { width: video.videoWidth * scale, height: video.videoHeight * scale };
  const left = (width - shown.width) / 2;
  const top = (height - shown.height) / 2;
  while (layer.children.length > boxes.length) layer.lastElementChild?.remove();
  boxes.forEach((box, i) => {
    const frame = layer.children[i] ?? layer.appendChild(document.createElement("div"));
    frame.className = box.reasons.length === 0 ? "face ready" : "face";
    // A detector's box ends at the forehead; a person expects the whole head inside.
    const room = { x: box.width * 0.12, up: box.height * 0.28, down: box.height * 0.1 };
    const x = left + (1 - box.x - box.width - room.x) * shown.width;
    const y = top + (box.y - room.up) * shown.height;
    const style = /** @type {HTMLElement} */ (frame).style;
    style.setProperty("--x", `${x}px`);
    style.setProperty("--y", `${y}px`);
    style.setProperty("--width", `${(box.width + 2 * room.x) * shown.width}px`);
    style.setProperty("--height", `${(box.height + room.up + room.down) * shown.height}px`);
  });
}
