import { beforeEach, expect, test } from "vitest";
import type { FaceBox, KioskMessage, KioskStatus } from "#device/kiosk/messages.ts";
import { defaultPreferences } from "#device/kiosk/page/preferences.js";
import { sentencesOf } from "#device/kiosk/page/sentences.js";
import { Situation } from "#device/kiosk/page/situation.js";
import { createVoice, voiceFor } from "#device/kiosk/page/voice.js";
import { languages } from "#device/kiosk/page/words/words.js";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";

const box: FaceBox = { x: 0.4, y: 0.3, width: 0.2, height: 0.3, reasons: [] };
const status: KioskStatus = {
  ...{ service: "bus.boarding", people: 2, source: "streaming", camera: "page" },
  ...{ virtualCard: "none", online: true, enrolment: "open", withdrawal: false },
};
const alternative = alternativeFor({ method: "face" }, "template");
const pin = { step: "pin", triesLeft: 3, wasWrong: false, isLastTry: false } as const;

let situation: Situation;
beforeEach(() => {
  situation = new Situation();
  situation.camera = "on";
  situation.linkIs("open");
  situation.hear({ kind: "state", status }, 0);
});

const faces = (...boxes: FaceBox[]): KioskMessage => ({ kind: "faces", boxes });
const decided = (
  outcome: "admit" | "refuse" | "ask-card",
  reason: "face-matched" | "face-unknown" | "policy-needs-card",
  more: object = {},
): KioskMessage => ({ kind: "decision", outcome, reason, ...more });
const stateAt = (now: number) => situation.shown(now).state;

test("the person nearest is told what to do, and a flicker changes nothing", () => {
  situation.hear(faces(box, { ...box, width: 0.4, reasons: ["too-dark"] }), 0);
  expect(stateAt(10)).toBe("light");
  situation.hear(faces(), 50);
  expect(stateAt(600)).toBe("light");
  expect(stateAt(701)).toBe("idle");
});

test("an answer stays, and whoever had it is not told to wait for another", () => {
  situation.hear(faces(box), 0);
  expect(stateAt(1)).toBe("looking");
  situation.hear(decided("admit", "face-matched"), 100);
  for (let now = 200; now < 3_600; now += 500) {
    situation.hear(faces({ ...box, reasons: ["too-far"] }), now);
  }
  expect(stateAt(3_599)).toBe("admit");
  situation.hear(faces(box), 3_600);
  expect(stateAt(3_601)).toBe("idle");
  situation.hear(faces(box), 9_000);
  expect(stateAt(9_001)).toBe("looking");
});

test.each([
  { frames: [true, true, true], reason: "face-unknown", hint: "uncover" },
  { frames: [true, true], reason: "face-unknown", hint: undefined },
  { frames: [true, true, true, false], reason: "face-unknown", hint: undefined },
  { frames: [true, true, true], reason: "policy-needs-card", hint: undefined },
] as const)("after frames covered $frames: $reason is told $hint", ({ frames, reason, hint }) => {
  for (const [now, isCovered] of frames.entries()) {
    situation.hear(faces(isCovered ? { ...box, isCovered } : box), now);
  }
  situation.hear(decided("refuse", reason), 10);
  const shown = situation.shown(11);
  expect(shown.hint).toBe(hint);
  const { title, detail } = sentencesOf(shown, "en");
  expect(title).toBe(languages.en.reasons[reason].title);
  expect(detail === languages.en.hints.uncover.detail).toBe(hint === "uncover");
});

test("somebody who is sent elsewhere can read on while they stand there, and not for ever", () => {
  situation.hear(faces(box), 0);
  situation.hear(decided("refuse", "face-unknown", { alternative }), 0);
  for (let now = 0; now < 12_000; now += 500) {
    situation.hear(faces(box), now);
    expect(stateAt(now + 1), String(now)).toBe(now < 10_000 ? "refuse" : "idle");
  }
  expect(situation.shown(1)).toMatchObject({ reason: "face-unknown", alternative });
  situation.hear(decided("refuse", "face-unknown"), 20_000);
  expect(stateAt(23_600)).toBe("idle");
});

test("nobody is told for ever that they are looked at", () => {
  for (let now = 0; now < 12_000; now += 500) {
    situation.hear(faces(box), now);
    expect(stateAt(now + 1), String(now)).toBe(now < 8_000 ? "looking" : "idle");
  }
});

test("two answers of the same kind are two", () => {
  situation.hear(decided("admit", "face-matched"), 0);
  const { answerNumber } = situation.shown(1);
  situation.hear(decided("admit", "face-matched"), 500);
  expect(situation.shown(501).answerNumber).not.toBe(answerNumber);
});

test("a card that was asked for is awaited as long as somebody is there", () => {
  situation.hear(faces(box), 0);
  situation.hear({ kind: "card", screen: { step: "touch" } }, 100);
  situation.hear(decided("ask-card", "policy-needs-card", { alternative }), 100);
  expect(situation.shown(101)).toMatchObject({ state: "card", alternative });
  for (let now = 0; now < 30_000; now += 500) situation.hear(faces(box), now);
  expect(stateAt(29_600)).toBe("card");
  expect(stateAt(38_000)).toBe("idle");
});

test("the screen belongs to whoever holds a card, until it is done", () => {
  situation.hear({ kind: "card", screen: { step: "read" } }, 0);
  expect(stateAt(1)).toBe("card-read");
  situation.hear({ kind: "card", screen: pin }, 10);
  situation.hear(faces(box), 20);
  expect(situation.shown(60_000)).toEqual({ state: "card-pin", values: { triesLeft: 3 } });
  expect(situation.pinAsked).toEqual(pin);
  situation.hear({ kind: "card", screen: { ...pin, wasWrong: true, isLastTry: true } }, 30);
  expect(stateAt(31)).toBe("card-last");
  situation.hear({ kind: "card", screen: { step: "done" } }, 40);
  expect(situation.pinAsked).toBeUndefined();
  expect(stateAt(41)).toBe("looking");
});

test("while somebody is enrolled, nobody else's decision is shown", () => {
  situation.beginEnrolment();
  situation.hear(decided("refuse", "face-unknown"), 10);
  situation.hear({ kind: "card", screen: { step: "touch" } }, 10);
  situation.hear({ kind: "enrolment", taken: 2, wanted: 4, hint: "turn-right" }, 20);
  const values = { taken: 2, wanted: 4 };
  expect(situation.shown(30)).toEqual({ state: "enrolling", hint: "turn-right", values });
  situation.hear({ kind: "enrolled", ok: true, renewed: true }, 40);
  expect(stateAt(41)).toBe("renewed");
  situation.hear({ kind: "enrolment", taken: 1, wanted: 4, hint: "nobody" }, 50);
  expect(stateAt(51)).toBe("renewed");
});

test.each([
  { name: "the link is gone", set: { link: "closed" }, state: "offline" },
  { name: "another page took over", set: { link: "replaced" }, state: "replaced" },
  { name: "the camera is refused", set: { camera: "refused" }, state: "refused" },
  { name: "the picture stands", set: { source: "frozen" }, state: "frozen" },
  {
    name: "the box's camera is lost",
    set: { source: "lost", whose: "box" },
    state: "out-of-service",
  },
  { name: "the page's camera is silent", set: { source: "lost" }, state: "idle" },
  { name: "the box has a camera", set: { camera: "loading", whose: "box" }, state: "idle" },
] as const)("when $name the screen says $state", ({ set, state }) => {
  const { link, camera, source, whose } = { ...empty, ...set };
  situation.camera = camera ?? "on";
  situation.hear({ kind: "state", status: { ...status, source, camera: whose } }, 0);
  situation.linkIs(link);
  expect(stateAt(1)).toBe(state);
});
const empty: {
  link: "open" | "closed" | "replaced";
  camera: Situation["camera"] | undefined;
  source: KioskStatus["source"];
  whose: KioskStatus["camera"];
} = { link: "open", camera: undefined, source: "streaming", whose: "page" };

test("the address says what a kiosk starts with; what is no such wish is not heeded", () => {
  const browser = { languages: ["vi"], wantsContrast: false };
  expect(
    defaultPreferences("?lang=ja-easy&contrast=high&reach=low&sound=off&volume=1", browser),
  ).toEqual({ language: "ja-easy", contrast: "high", reach: "low", sound: false, volume: 1 });
  const usual = { language: "vi", contrast: "normal", reach: "normal", sound: true, volume: 3 };
  expect(defaultPreferences("?lang=xx&contrast=1&reach=&volume=99", browser)).toEqual(usual);
  expect(defaultPreferences("", { ...browser, wantsContrast: true }).contrast).toBe("high");
});

/** A browser's speech, as far as the page uses it. */
function listener(langs: readonly string[]) {
  const said: string[] = [];
  const synthesis = {
    getVoices: () => langs.map((lang) => ({ lang, name: lang })),
    speak: (utterance: unknown) => said.push(String(utterance)),
    cancel: () => {},
  };
  const voice = createVoice(
    synthesis as never,
    ((text: string, { lang }: { lang: string }) => `${lang}: ${text}`) as never,
  );
  const say = (
    text: string,
    tag: string,
    how: { isQuiet?: boolean; isNew?: boolean; now: number },
  ) => voice.say(text, { tag, loudness: 1, isQuiet: false, isNew: false, ...how });
  return { said, say };
}

test("a language without a voice is not read by another one's", () => {
  const { said, say } = listener(["en-US", "ja_JP"]);
  say("Welcome", "en", { now: 0 });
  say("ようこそ", "ja", { now: 1 });
  say("Chào mừng", "vi", { now: 2 });
  expect(said).toEqual(["en-US: Welcome", "ja_JP: ようこそ"]);
  expect(voiceFor([{ lang: "pt-PT" }, { lang: "pt-BR" }] as never, "pt-BR")?.lang).toBe("pt-BR");
});

test("what passes by is not spoken, what stays is, and once", () => {
  const { said, say } = listener(["en"]);
  const quiet = { isQuiet: true };
  for (let now = 0; now < 800; now += 100)
    say(now % 200 ? "closer" : "look here", "en", { ...quiet, now });
  expect(said).toEqual([]);
  for (let now = 1_000; now < 6_000; now += 100) say("closer", "en", { ...quiet, now });
  expect(said).toEqual(["en: closer"]);
  say("Welcome", "en", { now: 6_100 });
  say("Welcome", "en", { now: 6_200 });
  say("Welcome", "en", { isNew: true, now: 6_300 });
  expect(said).toEqual(["en: closer", "en: Welcome", "en: Welcome"]);
});

test("whoever has said no or ended a consent reads that, before anybody is told that they are unknown", () => {
  situation.hear({ kind: "state", status: { ...status, enrolment: "signed" } }, 0);
  const unknown: KioskMessage = { kind: "decision", outcome: "refuse", reason: "face-unknown" };
  situation.decline(10);
  situation.hear(unknown, 20);
  expect(situation.shown(30).state).toBe("declined");
  situation.hear(unknown, 5_000);
  expect(situation.shown(5_001).state).toBe("refuse");
  situation.beginWithdrawal();
  situation.hear({ kind: "card", screen: { step: "touch" } }, 6_000);
  expect(situation.shown(6_001).state).toBe("withdraw-card");
  situation.hear({ kind: "card", screen: { step: "done" } }, 6_100);
  situation.hear({ kind: "withdrawn", ok: true, services: 1 }, 6_200);
  situation.hear(unknown, 6_300);
  expect(situation.shown(6_301).state).toBe("withdrawn");
  expect(situation.isInUse).toBe(false);
});

test("a consent is signed after the last picture, and a card that lies there before says nothing", () => {
  situation.hear({ kind: "state", status: { ...status, enrolment: "signed" } }, 0);
  situation.beginEnrolment();
  const progress = { kind: "enrolment", wanted: 4, hint: "look-here" } as const;
  situation.hear({ kind: "card", screen: { step: "read" } }, 1);
  situation.hear({ ...progress, taken: 3 }, 2);
  expect(situation.shown(3).state).toBe("enrolling");
  situation.hear({ ...progress, taken: 4 }, 4);
  situation.hear({ kind: "card", screen: { step: "touch" } }, 5);
  expect(situation.shown(6).state).toBe("consent-card");
  situation.hear({ kind: "card", screen: pin }, 7);
  expect(situation.shown(8).state).toBe("card-pin");
  situation.hear({ kind: "enrolled", ok: true, renewed: false }, 9);
  expect(situation.shown(10).state).toBe("enrolled");
});
