/** The kiosk page: camera, connection and screen joined by a few rules on which state is shown. */
import { CameraError, isCameraAllowed, pictureTaker, startCamera, stopCamera } from "./camera.js";
import { connect } from "./connection.js";
import { createPinPad } from "./pin-pad.js";
import { createScreen, nextLanguage } from "./screen.js";
import { createSound } from "./sound.js";
import { languages, preferredLanguage } from "./strings.js";

const pictureEveryMs = 100;
/** How long an answer stays on the screen, whatever comes after it. */
const answerMs = 3_500;
/** Faces flicker; a frame without one does not make the words jump. */
const emptyAfterMs = 700;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));
const video = /** @type {HTMLVideoElement} */ (at("video"));
const dialog = /** @type {HTMLDialogElement} */ (at("enrol-dialog"));
const nameField = /** @type {HTMLInputElement} */ (at("name"));
const consentField = /** @type {HTMLInputElement} */ (at("consent"));

const screen = createScreen(video);
const sound = createSound();
let language = preferredLanguage();
let cameraOn = false;
/** What is to be said of the camera while it is off. */
/** @type {import("./screen.js").State} */
let cameraTrouble = "loading";
/** @type {"closed" | "open" | "replaced"} */
let link = "closed";
let enrolling = false;
/** The screen belongs to somebody with a card. */
let atCard = false;
/** An answer is being shown until this timer runs out. */
let answerTimer = 0;
let emptyTimer = 0;
/** @type {string} */
let sourceState = "streaming";

/** The state with nobody's answer on the screen. */
function rest() {
  if (answerTimer || enrolling || atCard) return;
  if (!cameraOn) screen.show(cameraTrouble);
  else if (link !== "open") screen.show(link === "replaced" ? "replaced" : "offline");
  else if (sourceState === "frozen" || sourceState === "dark" || sourceState === "covered") {
    screen.show(sourceState);
  } else screen.show("idle");
}

/** @param {Parameters<typeof screen.show>} shown */
function answer(...shown) {
  clearTimeout(answerTimer);
  screen.show(...shown);
  answerTimer = setTimeout(() => {
    answerTimer = 0;
    rest();
  }, answerMs);
}

/** @param {readonly import("./screen.js").FaceBox[]} boxes */
function seeFaces(boxes) {
  screen.frameFaces(boxes);
  if (boxes.length === 0) {
    emptyTimer ||= setTimeout(rest, emptyAfterMs);
    return;
  }
  clearTimeout(emptyTimer);
  emptyTimer = 0;
  if (answerTimer || enrolling || atCard || link !== "open") return;
  const [largest] = boxes.toSorted((a, b) => b.width * b.height - a.width * a.height);
  screen.show(adviceFor(largest?.reasons[0]));
}

/** @param {string | undefined} reason */
function adviceFor(reason) {
  if (reason === "too-far") return "far";
  if (reason === "turned-away") return "turned";
  if (reason === "too-dark" || reason === "too-bright") return "light";
  return reason === "blurred" ? "blurred" : "looking";
}

/** @param {{outcome: string, greetingName?: string}} decision */
function seeDecision({ outcome, greetingName }) {
  if (enrolling) return;
  if (outcome === "admit") {
    sound.play("admit");
    if (greetingName) answer("admit-name", { name: greetingName });
    else answer("admit");
  } else if (outcome === "ask-card") {
    // A box with a reader says so itself, and waits; one without can only send to the desk.
    answer("card");
  } else {
    sound.play("refuse");
    answer("refuse");
  }
}

/** @param {{step: string, triesLeft?: number, wasWrong?: boolean, isLastTry?: boolean}} card */
function seeCard({ step, triesLeft = 0, wasWrong, isLastTry }) {
  if (enrolling) return;
  atCard = step !== "touch" && step !== "done";
  if (atCard) {
    clearTimeout(answerTimer);
    answerTimer = 0;
  }
  if (step !== "pin") pinPad.hide();
  if (step === "touch") {
    sound.play("card");
    answer("card");
  } else if (step === "pin") {
    screen.show(isLastTry ? "card-last" : wasWrong ? "card-wrong" : "card-pin", { triesLeft });
    pinPad.show(isLastTry === true);
  } else if (step === "sign") screen.show("card-sign");
  else if (step === "read") screen.show("card-read");
}

/** @param {string} place */
function seeVirtualCard(place) {
  const button = at("virtual-card");
  const { putCard, takeCard } = languages[language].actions;
  button.hidden = place === "none";
  button.dataset.place = place;
  button.textContent = place === "down" ? takeCard : putCard;
}

/** @param {{ok: boolean, code?: string}} result */
function seeEnrolled({ ok, code }) {
  enrolling = false;
  if (ok) {
    sound.play("admit");
    answer("enrolled");
    return;
  }
  /** @type {Record<string, string>} */
  const failures = languages[language].failures;
  answer("enrol-failed", {}, failures[code ?? ""]);
}

/** @param {any} message */
function onMessage(message) {
  if (message.kind === "faces") seeFaces(message.boxes);
  else if (message.kind === "decision") seeDecision(message);
  else if (message.kind === "card") seeCard(message.screen);
  else if (message.kind === "enrolment" && enrolling) screen.show("enrolling", message);
  else if (message.kind === "enrolled") seeEnrolled(message);
  else if (message.kind === "state") {
    sourceState = message.status.source;
    at("link").hidden = message.status.online;
    seeVirtualCard(message.status.virtualCard);
    if (!document.body.dataset.tone?.match(/guide|good|card|other/)) rest();
  }
}

const connection = connect({
  onMessage,
  onOpen() {
    link = "open";
    rest();
  },
  onClose(replaced) {
    link = replaced ? "replaced" : "closed";
    enrolling = false;
    atCard = false;
    pinPad.hide();
    screen.frameFaces([]);
    if (replaced) leaveCamera("replaced");
    else rest();
  },
});

const pinPad = createPinPad({
  onPin: (message) => connection.sendBytes(message),
  onCancel: () => connection.ask({ kind: "card-cancel" }),
});

/** @param {"replaced" | "absent"} state */
function leaveCamera(state) {
  stopCamera(video);
  cameraOn = false;
  screen.frameFaces([]);
  tellOfCamera(state);
}

/** @param {import("./screen.js").State} state Shown now, or as soon as nobody needs the screen. */
function tellOfCamera(state) {
  cameraTrouble = state;
  rest();
}

async function begin() {
  tellOfCamera("asking");
  try {
    await startCamera(video, () => leaveCamera("absent"));
    cameraOn = true;
    if (link === "replaced") {
      link = "closed";
      connection.reopen();
    }
    rest();
  } catch (error) {
    tellOfCamera(error instanceof CameraError ? error.trouble : "busy");
  }
}

function startEnrolment() {
  const words = languages[language].form;
  const name = nameField.value.trim();
  const missing = name === "" ? nameField : consentField.checked ? undefined : consentField;
  at("enrol-error").textContent = missing
    ? missing === nameField
      ? words.needName
      : words.needConsent
    : "";
  if (missing) {
    missing.focus();
    return;
  }
  dialog.close();
  clearTimeout(answerTimer);
  answerTimer = 0;
  enrolling = true;
  screen.show("enrolling", { taken: 0, wanted: 4 });
  connection.ask({ kind: "enrol", name, consent: true });
}

function labelSound() {
  const { soundOn, soundOff } = languages[language].actions;
  at("sound").textContent = sound.on ? soundOn : soundOff;
  at("sound").setAttribute("aria-pressed", String(sound.on));
}

at("start").addEventListener("click", begin);
at("enrol").addEventListener("click", () => {
  nameField.value = "";
  consentField.checked = false;
  at("enrol-error").textContent = "";
  dialog.showModal();
  nameField.focus();
});
at("enrol-close").addEventListener("click", () => dialog.close());
at("enrol-form").addEventListener("submit", (event) => {
  event.preventDefault();
  startEnrolment();
});
at("cancel").addEventListener("click", () => connection.ask({ kind: "enrol-cancel" }));
at("virtual-card").addEventListener("click", () => {
  const place = at("virtual-card").dataset.place === "down" ? "away" : "down";
  connection.ask({ kind: "virtual-card", place });
});
at("language").addEventListener("click", () => {
  language = nextLanguage(language);
  screen.speak(language);
  seeVirtualCard(at("virtual-card").dataset.place ?? "none");
  labelSound();
});
at("sound").addEventListener("click", () => {
  sound.toggle();
  labelSound();
});

const takePicture = pictureTaker();
setInterval(() => {
  if (cameraOn && link === "open") void connection.sendPicture(() => takePicture(video));
}, pictureEveryMs);

screen.speak(language);
labelSound();
if (!window.isSecureContext) tellOfCamera("insecure");
else if (await isCameraAllowed()) await begin();
else tellOfCamera("start");
