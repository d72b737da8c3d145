/** What is drawn: one state at a time, in one language. */
import { at, showText, withoutReadings } from "./dom.js";
import { hintSigns, looks } from "./looks.js";
import { sentencesOf } from "./sentences.js";
import { fill, languages } from "./words/words.js";

/** @typedef {import("./situation.js").Shown} Shown */
/** @typedef {import("./words/words.js").Language} Language */

/**
 * Shows a state.
 * @param {Shown} shown @param {Language} language
 * @param {Pick<import("../messages.ts").KioskStatus, "enrolment" | "withdrawal"> | undefined} offers What the box lets people do by themselves.
 */
export function drawShown(shown, language, offers) {
  const { state, hint, values } = shown;
  const words = languages[language];
  const look = looks[state];
  const sign = state === "enrolling" && hint ? hintSigns[hint] : look.sign;
  const { title, detail, offer } = sentencesOf(shown, language);
  document.body.dataset.state = state;
  document.body.dataset.tone = look.tone;
  for (const drawing of document.querySelectorAll("[data-sign]")) {
    drawing.toggleAttribute("data-shown", drawing.getAttribute("data-sign") === sign);
  }
  showText(at("headline"), title);
  showText(at("detail"), detail);
  at("offer").hidden = offer === undefined;
  at("offer").dataset.offer = offer?.kind ?? "";
  showText(at("offer-words"), offer?.text ?? "");
  at("start").hidden = look.start === undefined;
  showText(at("start"), look.start === "retry" ? words.actions.retry : words.actions.start);
  const { enrolment = "closed", withdrawal = false } = offers ?? {};
  at("enrol").hidden = !look.enrol || enrolment === "closed";
  at("withdraw").hidden = !look.enrol || !withdrawal;
  at("cancel").hidden = !look.cancel;
  drawSteps(state === "enrolling", values ?? {}, words);
}

/** One dot for each picture of an enrolment. @param {boolean} isEnrolling @param {Readonly<Record<string, string | number>>} values @param {import("./words/shape.js").Words} words */
function drawSteps(isEnrolling, values, words) {
  at("steps").hidden = !isEnrolling;
  if (!isEnrolling) return;
  const [taken, wanted] = [Number(values["taken"] ?? 0), Number(values["wanted"] ?? 0)];
  const dots = at("step-dots");
  while (dots.children.length > wanted) dots.lastElementChild?.remove();
  while (dots.children.length < wanted) dots.append(document.createElement("span"));
  [...dots.children].forEach((dot, i) => {
    dot.className = i < taken ? "done" : i === taken ? "now" : "";
  });
  showText(at("step-words"), fill(words.progress, values));
}

/**
 * Writes what does not change with the state.
 * @param {Language} language @param {string} virtualCard
 * @param {boolean} mayGoWithout Whoever does not know the password that is asked for may go on without.
 */
export function label(language, virtualCard, mayGoWithout) {
  const { actions, form, link, tag, title } = languages[language];
  document.documentElement.lang = tag;
  document.documentElement.dataset.language = language;
  document.title = withoutReadings(title);
  showText(at("link"), link);
  showText(at("enrol"), actions.enrol);
  showText(at("withdraw"), actions.withdraw);
  showText(at("cancel"), actions.cancel);
  showText(at("pin-erase"), actions.erase);
  showText(at("pin-cancel"), actions.cancel);
  showText(at("pin-go-on"), actions.goOn);
  showText(at("password-erase"), actions.erase);
  showText(at("password-sign"), actions.sign);
  showText(at("password-go-on"), actions.goOn);
  showText(at("password-without"), mayGoWithout ? actions.without : actions.cancel);
  showText(at("enrol-title"), form.title);
  showText(at("name-label"), form.name);
  showText(at("consent-label"), form.consent);
  showText(at("enrol-close"), actions.close);
  showText(at("enrol-begin"), actions.begin);
  showText(at("enrol-error"), "");
  at("languages").setAttribute("aria-label", withoutReadings(actions.languages));
  at("tools").setAttribute("aria-label", withoutReadings(actions.tools));
  at("pin-keys").setAttribute("aria-label", withoutReadings(actions.keypad));
  at("password-keys").setAttribute("aria-label", withoutReadings(actions.passwordKeys));
  at("virtual-card").hidden = virtualCard === "none";
  at("virtual-card").dataset.place = virtualCard;
  showText(at("virtual-card"), virtualCard === "down" ? actions.takeCard : actions.putCard);
}
