import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PersonId } from "#contract/ids.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { enrolAt as enrol, openDoor as openDoorIn } from "#test/support/card-door.ts";
import { identityOf } from "#test/support/card-proof.ts";
import { stepUpCard } from "#test/support/card-step-up.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const openDoor = (options: Parameters<typeof openDoorIn>[1] = {}) => openDoorIn(folder, options);

test("whoever gave no template is served by their card alike: no other words, no wait, no mark", async () => {
  const bodies: object[] = [];
  const screens: string[][] = [];
  for (const hasTemplate of [true, false]) {
    await using door = openDoor({ cardsSpeak: true });
    if (hasTemplate) enrol(door, "Aoi");
    await door.ask();
    await door.readers.put();
    screens.push(door.screens.map(({ step }) => step));
    expect(door.decisions).toMatchObject([{ outcome: "admit", reason: "card-proved" }]);
    bodies.push(door.events().at(-1)!.body);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  expect(screens[0]).toEqual(screens[1]);
  const told = bodies.map((body) => ({ ...body, person: "", evidence: [] }));
  expect(told[0]).toEqual(told[1]);
  expect(Object.keys(bodies[0]!).sort()).toEqual(Object.keys(bodies[1]!).sort());
});

test("where people may not enrol by themselves, an unknown card is nobody's, and one from another box is known", async () => {
  {
    await using door = openDoor();
    await door.ask();
    await door.readers.put();
    expect(door.decisions).toMatchObject([{ outcome: "refuse", reason: "card-unknown" }]);
  }
  await using door = openDoor();
  const { serial } = identityOf(stepUpCard);
  const person = `person-${serial}` as PersonId;
  door.gallery.enrol({ name: "received", templates: [], replace: false, person });
  await door.ask();
  await door.readers.put();
  expect(door.decisions).toEqual([{ outcome: "admit", reason: "card-proved", person }]);
});

test("a school that offers the card in place of a face takes one that nobody asked for", async () => {
  await using door = openDoor({ policy: defaultPolicyTable["school.attendance"] });
  const person = enrol(door, "Aoi");
  await door.readers.put();
  expect(door.decisions).toEqual([{ outcome: "admit", reason: "card-proved", person }]);
});
