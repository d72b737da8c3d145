/** The kiosk page: camera, connection, situation and screen joined. Read situation.js for what is shown when. */
import { CameraError, isCameraAllowed, pictureTaker, startCamera, stopCamera } from "./camera.js";
import { connect } from "./connection.js";
import { createConsentForm } from "./consent-form.js";
import { at } from "./dom.js";
import { createEnrolForm } from "./enrol-form.js";
import { drawFrames } from "./face-frames.js";
import { looks } from "./looks.js";
import { createPasswordPad } from "./password-pad.js";
import { createPinPad } from "./pin-pad.js";
import { defaultPreferences, volumeMax } from "./preferences.js";
import { createPreview } from "./preview.js";
import { drawShown, label } from "./screen.js";
import { spokenOf } from "./sentences.js";
import { Situation } from "./situation.js";
import { createSound } from "./sound.js";
import { createToolbar } from "./toolbar.js";
import { createVoice } from "./voice.js";
import { createWithdrawForm } from "./withdraw-form.js";
import { languages } from "./words/words.js";

const pictureEveryMs = 66;
const lookAgainEveryMs = 100;
/** Somebody who has neither been seen nor touched anything for so long has left. */
const leftAfterMs = 15_000;
/** Whoever reads what they are asked may do so without moving, and where no camera sees them. */
const readingMs = 90_000;

const video = /** @type {HTMLVideoElement} */ (at("video"));
const situation = new Situation();
const sound = createSound();
const voice = createVoice(window.speechSynthesis);
const usual = defaultPreferences(location.search, {
  languages: navigator.languages,
  wantsContrast: matchMedia("(prefers-contrast: more)").matches,
});
let preferences = usual;
let lastTouchAt = performance.now();
/** What was drawn last; the same is not drawn again. */
let drawn = "";
let sounded = "";

/** Draws the state of this moment, and says it. */
function render() {
  const now = performance.now();
  const shown = situation.shown(now);
  const { virtualCard = "none", enrolment, withdrawal } = situation.status ?? {};
  const key = JSON.stringify([shown, preferences, virtualCard, enrolment, withdrawal]);
  if (key !== drawn) {
    drawn = key;
    showPreferences(preferences);
    label(preferences.language, virtualCard, situation.pinAsked?.mayGoWithout === true);
    drawShown(shown, preferences.language, situation.status);
    // Nobody hears of it until the picture is right: sound and voice come after the paint.
    setTimeout(() => sayShown(shown));
  } else if (looks[shown.state].quiet) sayShown(shown);
  document.body.toggleAttribute("data-camera", pictureSize().width > 0);
  keepPinPad();
}

/** @param {import("./situation.js").Shown} shown */
function sayShown(shown) {
  const { melody, quiet } = looks[shown.state];
  const { state, answerNumber = 0, values = {}, hint = "" } = shown;
  const occasion = `${state} ${answerNumber} ${values["taken"] ?? ""} ${values["triesLeft"] ?? ""}`;
  const isNew = occasion !== sounded;
  sounded = occasion;
  if (!preferences.sound) return;
  const loudness = preferences.volume / volumeMax;
  const name = state === "enrolling" && Number(values["taken"]) > 0 ? "taken" : melody;
  if (isNew && name) sound.play(name, loudness);
  const { tag } = languages[preferences.language];
  const isQuiet = quiet === true && !(state === "enrolling" && isNew && hint !== "");
  const now = performance.now();
  voice.say(spokenOf(shown, preferences.language), { tag, loudness, isQuiet, isNew, now });
}

/** The card screen whose keypad is open; another one opens it anew. */
let padFor = /** @type {unknown} */ (undefined);
function keepPinPad() {
  const asked = situation.pinAsked;
  if (asked === padFor) return;
  padFor = asked;
  for (const pad of [pinPad, passwordPad]) pad.hide();
  if (asked) (asked.secret === "password" ? passwordPad : pinPad).show(asked.isLastTry);
}

const showPreferences = createToolbar((change) => {
  preferences = { ...preferences, ...change };
  voice.hush();
  drawn = "";
  render();
});

const connection = connect({
  onMessage(message) {
    if (message.kind === "consents") seeConsents(message.consents);
    situation.hear(message, performance.now());
    if (message.kind === "faces") drawFrames(at("faces"), pictureSize(), message.boxes);
    if (message.kind === "state") seeStatus(message.status);
    render();
  },
  onPicture: (picture) => preview.draw(picture),
  onOpen() {
    situation.linkIs("open");
    render();
  },
  onClose(replaced) {
    situation.linkIs(replaced ? "replaced" : "closed");
    isPictureAsked = false;
    drawFrames(at("faces"), pictureSize(), []);
    if (replaced) leaveCamera("replaced");
    render();
  },
});

const preview = createPreview(/** @type {HTMLCanvasElement} */ (at("picture")), () =>
  connection.ask({ kind: "picture-please" }),
);
let isPictureAsked = false;

/** @param {import("../messages.ts").KioskStatus} status */
function seeStatus({ online, camera }) {
  at("link").hidden = online;
  if (camera === "page" && situation.camera === "loading") void startWithCamera();
  if (camera !== "box") return;
  if (!isPictureAsked) connection.ask({ kind: "picture-please" });
  isPictureAsked = true;
}

/** In pixels, of whatever camera is shown. */
function pictureSize() {
  const isBoxes = situation.status?.camera === "box";
  return isBoxes ? preview.size : { width: video.videoWidth, height: video.videoHeight };
}

const pinPad = createPinPad({
  onPin: (message) => connection.sendBytes(message),
  onCancel: () => connection.ask({ kind: "card-cancel" }),
});

const passwordPad = createPasswordPad({
  onPassword: (message) => connection.sendBytes(message),
  onWithout: () => connection.ask({ kind: "card-cancel" }),
});

const toldNow = () => ({
  words: languages[preferences.language],
  language: preferences.language,
});

const enrolForm = createEnrolForm(
  () => toldNow().words,
  (name, services) => {
    situation.beginEnrolment();
    connection.ask({ kind: "enrol", name, consent: true, ...(services ? { services } : {}) });
    render();
  },
);

const consentForm = createConsentForm(toldNow, {
  onAgreed: (services) => enrolForm.open(services),
  onDeclined() {
    situation.decline(performance.now());
    render();
  },
  onRead(text) {
    const { language, sound: isOn, volume } = preferences;
    const { tag } = languages[language];
    const how = { tag, loudness: volume / volumeMax, isQuiet: false, isNew: true };
    if (isOn) voice.say(text, { ...how, now: performance.now() });
  },
});

const withdrawForm = createWithdrawForm(toldNow, (services) => {
  situation.beginWithdrawal();
  connection.ask({ kind: "withdraw", services });
  render();
});

/** For what the words were asked: each is shown what they will sign. @type {"enrol" | "withdraw"} */
let wordsFor = "enrol";

/** @param {readonly import("../messages.ts").ShownConsent[]} consents */
function seeConsents(consents) {
  if (wordsFor === "withdraw") withdrawForm.open(consents);
  else consentForm.open(consents);
}

function closeForms() {
  for (const form of [enrolForm, consentForm, withdrawForm]) form.close();
}

/** @param {"replaced" | "absent"} state */
function leaveCamera(state) {
  stopCamera(video);
  drawFrames(at("faces"), pictureSize(), []);
  tellOfCamera(state);
}

/** @param {"on" | import("./looks.js").State} state Shown now, or as soon as nobody needs the screen. */
function tellOfCamera(state) {
  situation.camera = state;
  render();
}

/** The page lends its camera, if it may; a browser that asks first is asked by a button. */
async function startWithCamera() {
  if (!window.isSecureContext) tellOfCamera("insecure");
  else if (await isCameraAllowed()) await begin();
  else tellOfCamera("start");
}

async function begin() {
  tellOfCamera("asking");
  try {
    await startCamera(video, () => leaveCamera("absent"));
    if (situation.link === "replaced") {
      situation.linkIs("closed");
      connection.reopen();
    }
    tellOfCamera("on");
  } catch (error) {
    tellOfCamera(error instanceof CameraError ? error.trouble : "busy");
  }
}

/** When a person has left, their language, contrast and half-filled form leave with them. */
function forgetWhoLeft() {
  const now = performance.now();
  const lastSign = Math.max(situation.lastFaceAt, lastTouchAt);
  const form = document.querySelector("dialog[open]");
  const patience = form && form.id !== "enrol-dialog" ? readingMs : leftAfterMs;
  if (situation.isInUse || now - lastSign < patience) return;
  if (form) closeForms();
  if (preferences === usual) return;
  preferences = usual;
  render();
}

at("start").addEventListener("click", begin);
at("cancel").addEventListener("click", () => connection.ask({ kind: "enrol-cancel" }));
at("enrol").addEventListener("click", () => {
  closeForms();
  if (situation.status?.enrolment !== "signed") return enrolForm.open();
  wordsFor = "enrol";
  return connection.ask({ kind: "consents-please" });
});
at("withdraw").addEventListener("click", () => {
  closeForms();
  wordsFor = "withdraw";
  connection.ask({ kind: "consents-please" });
});
at("virtual-card").addEventListener("click", () => {
  const place = at("virtual-card").dataset.place === "down" ? "away" : "down";
  connection.ask({ kind: "virtual-card", place });
});
for (const kind of /** @type {const} */ (["pointerdown", "keydown"])) {
  document.addEventListener(kind, () => {
    lastTouchAt = performance.now();
  });
}

const takePicture = pictureTaker();
setInterval(() => {
  const isSending = situation.camera === "on" && situation.link === "open";
  if (isSending) void connection.sendPicture(() => takePicture(video));
}, pictureEveryMs);
setInterval(() => {
  forgetWhoLeft();
  render();
}, lookAgainEveryMs);

render();
