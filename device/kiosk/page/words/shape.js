/**
 * What every language must say. Each language is one file with this shape, so that a word that is
 * missing is an error of the type checker, not a gap on a screen.
 *
 * @typedef {{readonly title: string, readonly detail: string}} Sentence
 *
 * @typedef {import("../../../../contract/events.ts").Reason} Reason
 * @typedef {import("../../messages.ts").EnrolmentHint} EnrolmentHint
 * @typedef {import("../looks.js").State} State
 * @typedef {import("../../../../firmware-config/policy-alternative.ts").Alternative["offer"]} Offer
 *
 * @typedef {"NAME_TAKEN" | "NAME_INVALID" | "FACE_AMBIGUOUS" | "FACE_NOT_FOUND" | "TIMEOUT" | "STOPPED"
 *   | "CONSENT_REFUSED" | "CARD_READER_MISSING" | "PERSON_NOT_FOUND" | "ENROLMENT_CLOSED"
 *   | "CONSENT_SIGNATURE_NEEDED"} Failure
 * @typedef {"start" | "retry" | "enrol" | "cancel" | "erase" | "goOn" | "putCard" | "takeCard" | "close" | "begin"
 *   | "withdraw" | "agree" | "decline"
 *   | "soundOn" | "soundOff" | "louder" | "quieter" | "contrast" | "reach" | "languages" | "tools" | "keypad"
 *   | "sign" | "without" | "passwordKeys"
 *   } Action
 * @typedef {"title" | "lead" | "name" | "consent" | "needName" | "needConsent"} FormWord
 *
 * @typedef {"title" | "lead" | "step" | "nameLead" | "endTitle" | "endLead" | "needService"} ConsentWord
 *
 * @typedef {{
 *   readonly self: string,
 *   readonly tag: string,
 *   readonly title: string,
 *   readonly states: Readonly<Record<Exclude<State, "refuse">, Sentence>>,
 *   readonly reasons: Readonly<Record<Reason, Sentence>>,
 *   readonly offers: Readonly<Record<Offer, string>>,
 *   readonly hints: Readonly<Record<EnrolmentHint, Sentence>>,
 *   readonly failures: Readonly<Record<Failure, string>>,
 *   readonly actions: Readonly<Record<Action, string>>,
 *   readonly form: Readonly<Record<FormWord, string>>,
 *   readonly consent: Readonly<Record<ConsentWord, string>>,
 *   readonly progress: string,
 *   readonly link: string,
 * }} Words
 */

export {};
