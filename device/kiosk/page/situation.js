/**
 * What the page knows, and from it the one state that it shows. Nothing here touches the page or the
 * clock: every call is told the time, in milliseconds.
 *
 * @typedef {import("./looks.js").State} State
 * @typedef {import("../messages.ts").FaceBox} FaceBox
 * @typedef {import("../messages.ts").KioskMessage} KioskMessage
 * @typedef {import("../messages.ts").KioskReply} KioskReply
 * @typedef {import("../messages.ts").KioskStatus} KioskStatus
 * @typedef {import("../../step-up/card-desk.ts").CardScreen} CardScreen
 * @typedef {Extract<KioskMessage, {kind: "decision"}>} DecisionMessage
 * @typedef {"consent" | "withdraw"} Errand What somebody has come with their card for, other than to be let in.
 *
 * @typedef {{
 *   readonly state: State,
 *   readonly values?: Readonly<Record<string, string | number>>,
 *   readonly reason?: import("./words/shape.js").Reason,
 *   readonly hint?: import("./words/shape.js").EnrolmentHint,
 *   readonly failure?: string,
 *   readonly alternative?: DecisionMessage["alternative"],
 *   readonly isNameSpoken?: boolean,
 *   readonly answerNumber?: number,
 * }} Shown What is on the screen. An answer has a number of its own: two of the same kind are two.
 */

/** How long an answer stays, whatever comes after it. */
const answerMs = 3_500;
/** Somebody who is told what to do instead may read on while they stand there, up to so long. */
const adviceMsMax = 10_000;
/** A face that seems covered in so many frames on end is told so where nobody knows it. */
const coveredFramesMin = 3;
/** Faces flicker; a frame without one does not make the words jump. */
const emptyAfterMs = 700;
/** Who was asked for a card and has walked away is not waited for on the screen. */
const cardWithoutFaceMs = 8_000;
const cardMsMax = 60_000;
/** Whoever stands there and gets no answer is not told for ever that they are looked at. */
const lookingMsMax = 8_000;

export class Situation {
  /** @type {"on" | State} The page's own camera, or what is to be said of it while it is off. */
  camera = "loading";
  /** @type {"closed" | "open" | "replaced"} */
  link = "closed";
  /** @type {KioskStatus | undefined} */
  status;
  lastFaceAt = Number.NEGATIVE_INFINITY;
  /** @type {FaceBox | undefined} The largest face, also for a moment after it was last seen. */
  #nearest;
  /** For how many frames on end a mask or dark glasses seemed to lie over it. */
  #coveredFrames = 0;
  /** Whoever stands here has had an answer. */
  #isAnswered = false;
  /** When whoever stands here came. */
  #cameAt = 0;
  #answers = 0;
  /** @type {{shown: Shown, until: number, lastUntil: number} | undefined} */
  #answer;
  /** @type {{since: number, alternative?: DecisionMessage["alternative"], answerNumber: number} | undefined} */
  #awaitedCard;
  /** @type {CardScreen | undefined} The screen belongs to somebody with a card. */
  #card;
  /** @type {import("../messages.ts").EnrolmentProgress | undefined} */
  #enrolment;
  /** @type {Errand | undefined} */
  #errand;
  /** Whether the card of the errand is waited for. */
  #isCardAsked = false;

  /** The last try of a card is left, and somebody must want to spend it. */
  get pinAsked() {
    return this.#card?.step === "pin" ? this.#card : undefined;
  }

  /** Whether somebody is busy here, seen or not. */
  get isInUse() {
    return [this.#enrolment, this.#card, this.#errand].some((one) => one !== undefined);
  }

  /** @param {KioskMessage | KioskReply} message @param {number} now */
  hear(message, now) {
    if (message.kind === "faces") this.#seeFaces(message.boxes, now);
    else if (message.kind === "decision") this.#seeDecision(message, now);
    else if (message.kind === "card") this.#seeCard(message.screen, now);
    else if (message.kind === "enrolment-begun") this.beginEnrolment();
    else if (message.kind === "enrolment" && this.#enrolment) this.#enrolment = message;
    else if (message.kind === "enrolled") this.#seeEnrolled(message, now);
    else if (message.kind === "withdrawn") this.#seeWithdrawn(message, now);
    else if (message.kind === "state") this.status = message.status;
  }

  /** @param {number} wanted Pictures that will be taken. */
  beginEnrolment(wanted = 4) {
    this.#begin(this.status?.enrolment === "signed" ? "consent" : undefined);
    this.#enrolment = { taken: 0, wanted, hint: "look-here" };
  }

  /** Somebody ends their consents here. */
  beginWithdrawal() {
    this.#begin("withdraw");
  }

  /** Somebody has read what is asked, and does not want it. @param {number} now */
  decline(now) {
    this.#say({ state: "declined" }, now, adviceMsMax);
  }

  /** @param {Errand | undefined} errand */
  #begin(errand) {
    this.#answer = undefined;
    this.#awaitedCard = undefined;
    this.#errand = errand;
    this.#isCardAsked = false;
  }

  /** @param {"closed" | "open" | "replaced"} link */
  linkIs(link) {
    this.link = link;
    if (link === "open") return;
    this.#nearest = undefined;
    this.lastFaceAt = Number.NEGATIVE_INFINITY;
    this.#enrolment = undefined;
    this.#card = undefined;
    this.#begin(undefined);
  }

  /** The one state of this moment. @param {number} now @returns {Shown} */
  shown(now) {
    if (this.#card) return cardShown(this.#card);
    if (this.#errand && this.#isCardAsked) return { state: `${this.#errand}-card` };
    if (this.#enrolment) {
      const { taken, wanted, hint } = this.#enrolment;
      return { state: "enrolling", hint, values: { taken, wanted } };
    }
    if (this.#errand) return { state: "card-read" };
    if (this.#answer && this.#answerStays(now)) return this.#answer.shown;
    return this.#awaitedShown(now) ?? this.#trouble() ?? this.#advice(now);
  }

  /** @param {number} now */
  isFaceThere(now) {
    return now - this.lastFaceAt < emptyAfterMs;
  }

  /** @param {readonly FaceBox[]} boxes @param {number} now */
  #seeFaces(boxes, now) {
    if (boxes.length === 0) return;
    if (!this.isFaceThere(now)) {
      this.#isAnswered = false;
      this.#cameAt = now;
      this.#coveredFrames = 0;
    }
    this.lastFaceAt = now;
    [this.#nearest] = boxes.toSorted((a, b) => b.width * b.height - a.width * a.height);
    this.#coveredFrames = this.#nearest?.isCovered ? this.#coveredFrames + 1 : 0;
  }

  /** @param {DecisionMessage} decision @param {number} now */
  #seeDecision({ outcome, reason, greetingName, speakName, alternative }, now) {
    if (this.#enrolment || this.#errand || this.#isHeld(now)) return;
    this.#isAnswered = true;
    const instead = alternative ? { alternative } : {};
    if (outcome === "admit") {
      this.#awaitedCard = undefined;
      const named = greetingName !== undefined;
      const values = named ? { name: greetingName } : {};
      const isNameSpoken = named && speakName === true;
      this.#say({ state: named ? "admit-name" : "admit", values, reason, isNameSpoken }, now);
    } else if (outcome === "refuse") {
      this.#awaitedCard = undefined;
      const isHidden = reason === "face-unknown" && this.#coveredFrames >= coveredFramesMin;
      const hint = isHidden ? { hint: /** @type {const} */ ("uncover") } : {};
      this.#say({ state: "refuse", reason, ...hint, ...instead }, now, adviceMsMax);
    } else if (this.#awaitedCard) Object.assign(this.#awaitedCard, instead);
    // A box with a reader says so itself, and waits; one without can only send to the desk.
    else this.#say({ state: "card", ...instead }, now, adviceMsMax);
  }

  /** @param {CardScreen} screen @param {number} now */
  #seeCard(screen, now) {
    // A card that lies there during a sitting has nothing to say until all pictures are taken.
    if (this.#enrolment && this.#enrolment.taken < this.#enrolment.wanted) return;
    this.#awaitedCard = undefined;
    this.#card = undefined;
    this.#isCardAsked = this.#errand !== undefined && screen.step === "touch";
    if (screen.step === "done" || this.#isCardAsked) return;
    this.#answer = undefined;
    if (screen.step === "touch") {
      this.#answers += 1;
      this.#awaitedCard = { since: now, answerNumber: this.#answers };
    } else this.#card = screen;
  }

  /** @param {Extract<KioskReply, {kind: "enrolled"}>} result @param {number} now */
  #seeEnrolled(result, now) {
    this.#endErrand();
    if (result.ok) this.#say({ state: result.renewed ? "renewed" : "enrolled" }, now);
    else this.#say({ state: "enrol-failed", failure: result.code }, now, adviceMsMax);
  }

  /** @param {Extract<KioskReply, {kind: "withdrawn"}>} result @param {number} now */
  #seeWithdrawn(result, now) {
    this.#endErrand();
    if (result.ok) this.#say({ state: "withdrawn" }, now, adviceMsMax);
    else this.#say({ state: "withdraw-failed", failure: result.code }, now, adviceMsMax);
  }

  /** Whoever has just said no, or ended a consent, reads that first, and not that nobody knows them. @param {number} now */
  #isHeld(now) {
    const state = this.#answer?.shown.state;
    const isLast = state === "declined" || state === "withdrawn" || state === "withdraw-failed";
    return isLast && now < (this.#answer?.until ?? 0);
  }

  #endErrand() {
    this.#enrolment = undefined;
    this.#card = undefined;
    this.#begin(undefined);
    this.#isAnswered = true;
  }

  /** @param {Shown} shown @param {number} now @param {number} longest While somebody stands there. */
  #say(shown, now, longest = answerMs) {
    this.#answers += 1;
    const numbered = { ...shown, answerNumber: this.#answers };
    this.#answer = { shown: numbered, until: now + answerMs, lastUntil: now + longest };
  }

  /** @param {number} now */
  #answerStays(now) {
    const { until, lastUntil } = this.#answer ?? { until: 0, lastUntil: 0 };
    return now < until || (now < lastUntil && this.isFaceThere(now));
  }

  /** @param {number} now @returns {Shown | undefined} */
  #awaitedShown(now) {
    const awaited = this.#awaitedCard;
    if (!awaited || now - awaited.since > cardMsMax) return undefined;
    const lastSign = Math.max(awaited.since, this.lastFaceAt);
    if (now - lastSign > cardWithoutFaceMs) return undefined;
    const { alternative, answerNumber } = awaited;
    return { state: "card", answerNumber, ...(alternative ? { alternative } : {}) };
  }

  /** @returns {Shown | undefined} */
  #trouble() {
    const isBoxes = this.status?.camera === "box";
    if (this.camera !== "on" && !isBoxes) return { state: this.camera };
    if (this.link === "replaced") return { state: "replaced" };
    if (this.link === "closed") return { state: "offline" };
    const source = this.status?.source;
    if (source === "frozen" || source === "dark" || source === "covered") return { state: source };
    if (isBoxes && (source === "lost" || source === "ended")) return { state: "out-of-service" };
    return undefined;
  }

  /** What the person nearest could do now. @param {number} now @returns {Shown} */
  #advice(now) {
    if (!this.isFaceThere(now)) return { state: "idle" };
    const reason = this.#nearest?.reasons[0];
    if (reason !== undefined) return { state: adviceFor[reason] };
    const isLooking = !this.#isAnswered && now - this.#cameAt < lookingMsMax;
    return { state: isLooking ? "looking" : "idle" };
  }
}

/** @type {Readonly<Record<FaceBox["reasons"][number], State>>} */
const adviceFor = {
  "too-far": "far",
  "turned-away": "turned",
  "too-dark": "light",
  "too-bright": "light",
  blurred: "blurred",
};

/** What is shown at first, after a wrong one, and before the last. */
const askedFor = /** @type {const} */ ({
  pin: ["card-pin", "card-wrong", "card-last"],
  password: ["password", "password-wrong", "password-last"],
});

/** @param {CardScreen} card @returns {Shown} */
function cardShown(card) {
  if (card.step !== "pin") return { state: card.step === "sign" ? "card-sign" : "card-read" };
  const { triesLeft, wasWrong, isLastTry, secret } = card;
  const [first, again, last] = askedFor[secret ?? "pin"];
  return { state: isLastTry ? last : wasWrong ? again : first, values: { triesLeft } };
}
