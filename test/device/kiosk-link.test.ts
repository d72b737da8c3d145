import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { keepPerson } from "#device/kiosk/keep-person.ts";
import { KioskLink } from "#device/kiosk/kiosk-link.ts";
import type { KioskMessage } from "#device/kiosk/messages.ts";
import { servicePolicySchema } from "#firmware-config/policy.ts";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";
import { codeOf } from "#test/support/code-of.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

test("a decision reaches every page, with a name only where it was given and an offer where there is one", () => {
  const link = new KioskLink();
  const heard: KioskMessage[] = [];
  const stop = link.subscribe((message) => heard.push(message));
  const alternative = alternativeFor({ method: "face" }, "template");
  link.decided({ outcome: "admit", reason: "face-matched" }, { isSpoken: true });
  link.decided({ outcome: "admit", reason: "face-matched" }, { name: "Hana" });
  link.decided({ outcome: "admit", reason: "face-matched" }, { name: "Hana", isSpoken: true });
  link.decided({ outcome: "refuse", reason: "face-unknown" }, { alternative });
  stop();
  link.decided({ outcome: "refuse", reason: "face-unknown" });
  const decision = { kind: "decision", outcome: "admit", reason: "face-matched" };
  expect(heard).toEqual([
    decision,
    { ...decision, greetingName: "Hana" },
    { ...decision, greetingName: "Hana", speakName: true },
    { kind: "decision", outcome: "refuse", reason: "face-unknown", alternative },
  ]);
});

/** A gallery of names, each with one template. */
function galleryOf(people: Readonly<Record<string, Float32Array>>) {
  const names = new Map(Object.entries(people));
  const removed: string[] = [];
  const welcomed: string[] = [];
  const replaced: boolean[] = [];
  const handed: Float32Array[] = [];
  return {
    ...{ removed, welcomed, replaced, handed },
    calibration: [
      { threshold: 0.5, falseMatchRate: 0.1 },
      { threshold: 0.9, falseMatchRate: 0.0005 },
      { threshold: 0.95, falseMatchRate: 0.00001 },
    ],
    gallery: {
      find: (name: string) => (names.has(name) ? (name as PersonId) : undefined),
      enrol: ({ name, replace }: { name: string; replace: boolean }) => {
        replaced.push(replace);
        return name as PersonId;
      },
      templatesOf: (person: PersonId) => {
        const copies = [names.get(person)!.slice()];
        handed.push(...copies);
        return copies;
      },
    },
    index: { remove: (person: PersonId) => removed.push(person) > 0 },
    welcome: (person: PersonId) => welcomed.push(person),
  };
}

test("a known person enrols anew under their name, and nobody else does", () => {
  const hana = gaussianUnit(randomFrom(1), 128);
  const ports = galleryOf({ Hana: hana });
  expect(keepPerson(ports, " Hana ", [hana, hana])).toEqual({ person: "Hana", renewed: true });
  expect(ports).toMatchObject({ removed: ["Hana"], welcomed: ["Hana"], replaced: [true] });
  const stranger = gaussianUnit(randomFrom(2), 128);
  expect(codeOf(() => keepPerson(ports, "Hana", [stranger]))).toBe("NAME_TAKEN");
  expect(ports.welcomed).toEqual(["Hana"]);
  expect(keepPerson(ports, "Aoi", [stranger])).toEqual({ person: "Aoi", renewed: false });
  expect(ports).toMatchObject({ removed: ["Hana"], replaced: [true, false] });
  expect(ports.handed.every((template) => template.every((value) => value === 0))).toBe(true);
  expect(codeOf(() => keepPerson(ports, "  ", [stranger]))).toBe("NAME_INVALID");
});

test("a row says whether a name is shown or spoken, and gives its words in six languages or three", () => {
  const words = { ja: "窓口へ", "ja-easy": "まどぐちへ", en: "At the desk" };
  const more = { ...words, zh: "到窗口", vi: "Đến quầy" };
  const row = (greeting: string, said: object) => ({
    ...{ method: "card", greeting },
    alternatives: { card: { offer: "staff", words: said } },
  });
  expect(servicePolicySchema.parse(row("spoken", words))).toMatchObject({ greeting: "spoken" });
  expect(servicePolicySchema.parse(row("nameless", more))).toMatchObject({
    alternatives: { card: { words: more } },
  });
  expect(servicePolicySchema.safeParse(row("loud", words)).success).toBe(false);
  expect(servicePolicySchema.safeParse(row("shown", { ...words, fr: "Au guichet" })).success).toBe(
    false,
  );
});
