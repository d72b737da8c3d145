import { expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import { looks } from "#device/kiosk/page/looks.js";
import { sentencesOf } from "#device/kiosk/page/sentences.js";
import { languageNames } from "#device/kiosk/page/words/words.js";
import { takesCards } from "#device/policy/decide.ts";
import type { EvidenceAtHand, FaceFinding } from "#device/policy/findings.ts";
import { settle } from "#device/policy/settle.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";

const person = "somebody" as PersonId;
const known: FaceFinding = {
  ...{ usable: true, liveness: "passed" },
  best: { person, falsePositiveIdentificationRate: 1e-6, margin: 0.5, hasLookAlike: false },
};
/** Somebody who gave no template, before a box that has others. */
const unknown: FaceFinding = {
  ...known,
  best: { ...known.best!, falsePositiveIdentificationRate: 0.9, margin: 0.001 },
};
const others = {
  ticket: { kind: "valid", person },
  booking: { kind: "booked", person },
} as const;
const card = { kind: "proved", person, factor: "pin" } as const;
const rows = serviceNames.map((service) => {
  const row = defaultPolicyTable[service];
  // A payment by amount: the tier that is met first.
  return { service, row, policy: policyFor(row, { amountYen: 1_000 }) };
});
const byFace = rows.filter(({ policy }) => policy.method === "face" || policy.method === "ticket");

/** What becomes of evidence, and what the person is offered when it is not enough. */
const settled = (policy: (typeof rows)[number]["policy"], evidence: EvidenceAtHand) =>
  settle(policy, { ...others, ...evidence });

test.each(byFace)(
  "$service: a card admits where a face does, asked for or not",
  ({ row, policy }) => {
    const face = settled(policy, { face: known }).decision;
    const byCard = settled(policy, { face: undefined, card }).decision;
    const beforeCamera = settled(policy, { face: unknown, card }).decision;
    expect(face.outcome).toBe("admit");
    expect(byCard).toEqual({ ...face, reason: byCard.reason });
    expect(beforeCamera).toEqual(byCard);
    // What the screen offers is what the desk serves, at once and without having been asked.
    const { alternative } = settled(policy, { face: unknown });
    expect(alternative?.offer).toBe("card");
    expect(takesCards(row)).toBe(true);
  },
);

test.each(rows.filter(({ policy }) => policy.method !== "face" && policy.method !== "ticket"))(
  "$service: whoever cannot give what is asked is offered another way",
  ({ policy }) => {
    for (const evidence of [{ face: unknown }, { face: undefined, card }, { face: undefined }]) {
      const { decision, alternative } = settled(policy, evidence);
      if (decision.outcome === "admit") continue;
      expect(alternative?.words.ja).toBeTruthy();
      // A card is never offered to whom it would not help.
      if (evidence.card) expect(alternative?.offer).toBe("staff");
    }
  },
);

test("the welcome is the same: word, colour, sign and sound, in every language", () => {
  for (const language of languageNames) {
    const words = (reason: "face-matched" | "card-proved") =>
      sentencesOf({ state: "admit", reason }, language);
    expect(words("card-proved").title).toBe(words("face-matched").title);
    expect(words("card-proved").offer).toBe(words("face-matched").offer);
  }
  const { sign, tone, melody } = looks.admit;
  expect({ sign, tone, melody }).toEqual({
    ...{ sign: looks["admit-name"].sign, tone: looks["admit-name"].tone },
    melody: looks["admit-name"].melody,
  });
});
