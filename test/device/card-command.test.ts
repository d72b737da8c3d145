import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGallery } from "#cli/gallery.ts";
import { settingsFrom } from "#cli/settings.ts";
import type { CardChannel } from "#device/card/card.ts";
import { readCardNumber } from "#device/card/contactless.ts";
import { openText } from "#device/card/text-application.ts";
import { openTrialAuthority, trialPins } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { systemClock } from "#runtime/clock.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { runCommand } from "#test/support/run-command.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-card-command-"));
  using store = await openGallery(settingsFrom({ data: folder }));
  for (const name of ["Aoi", "Ren"]) {
    const template = new Float32Array(128).fill(1 / Math.sqrt(128));
    store.enrol({ name, templates: [template], replace: false });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the operator types next. */
let secret = new Uint8Array();

/** Runs `tebura card …` as the operator would, with the trial card on the reader. */
async function card(...args: readonly string[]) {
  const words = ["card", ...args, "--virtual-card", "--json", "--data", folder];
  const { status, out, err } = await runCommand(words, { secret: async () => secret });
  return { status, said: JSON.parse(out || "{}"), err };
}

test("a card is shown with its verdict, its tries and nobody's name until it is linked", async () => {
  const before = await card("show");
  expect(before).toMatchObject({
    status: 0,
    said: { virtual: true, verdict: "valid", triesLeft: { authentication: 3, signature: 5 } },
  });
  expect(before.said).not.toHaveProperty("person");
  expect(await card("link", "Aoi")).toMatchObject({ status: 0, said: { linked: 1 } });
  expect((await card("show")).said).toMatchObject({ person: "Aoi" });
});

test("the text on the card is read after its PIN, which is wiped, and never before", async () => {
  secret = Uint8Array.from(Buffer.from(trialPins.text));
  const { said, err } = await card("read");
  expect(said).toMatchObject({ name: "手ぶら 花子", birthDate: "20000229", sex: "2" });
  expect(err).toContain("tries left: 3");
  expect([...secret]).toEqual([0, 0, 0, 0]);
  const { card: contents } = openTrialAuthority(join(folder, "other"), systemClock.wall);
  const text = await openText(new VirtualCard(contents));
  expect(await rejectedWith(text.readAttributes())).toBe("CARD_PIN_NEEDED");
  for (const digits of ["0000", "0001"]) {
    expect(await rejectedWith(text.verifyPin(Buffer.from(digits)))).toBe("CARD_PIN_WRONG");
  }
  expect(await rejectedWith(text.verifyPin(Buffer.from("0002")))).toBe("CARD_PIN_LAST_TRY");
  expect(await text.triesLeft()).toBe(1);
});

test("a text file that lies about its lengths is unreadable, and never read past its end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 600 }), async (file) => {
      const text = await openText(cardWithText(Buffer.concat([Buffer.of(0xff, 0x20), file])));
      expect(await rejectedWith(text.readAttributes())).toBe("CARD_UNREADABLE");
    }),
  );
});

/** A card whose text file holds these bytes, and asks for no PIN. */
function cardWithText(file: Uint8Array): CardChannel {
  return {
    async transmit([, instruction, p1 = 0, p2 = 0, expected = 0]) {
      if (instruction !== 0xb0) return Buffer.of(0x90, 0x00);
      const offset = (p1 << 8) | p2;
      if (offset >= file.length) return Buffer.of(0x6b, 0x00);
      const part = file.subarray(offset, offset + (expected || 256));
      return Buffer.concat([part, Buffer.of(0x90, 0x00)]);
    },
  };
}

test.each([
  { kind: "expired", said: { verdict: "CERTIFICATE_EXPIRED" } },
  { kind: "revoked", said: { verdict: "REVOKED" } },
  { kind: "foreign", said: { verdict: "PATH_NOT_FOUND" } },
  { kind: "blocked", said: { verdict: "valid", triesLeft: { authentication: 0 } } },
  { kind: "minor", said: { verdict: "valid", triesLeft: { signature: null } } },
  { kind: "slow", said: { verdict: "valid" } },
  { kind: "torn", said: { error: { code: "CARD_GONE" } } },
  { kind: "lying", said: { error: { code: "CARD_UNREADABLE" } } },
])("what is the matter with a card that is $kind is told", async ({ kind, said }) => {
  expect((await card("show", "--card-kind", kind)).said).toMatchObject(said);
});

test("a card that counts for nothing here is linked to nobody", async () => {
  const linked = await card("link", "Ren", "--card-kind", "foreign");
  expect(linked.said).toMatchObject({ error: { code: "CARD_REFUSED" } });
});

test("one person's card is not another's, but a guardian's card speaks for both", async () => {
  expect((await card("link", "Ren")).said).toMatchObject({ error: { code: "CARD_TAKEN" } });
  expect(await card("link", "Ren", "--guardian")).toMatchObject({ status: 0 });
  expect((await card("unlink", "Aoi")).said).toEqual({ unlinked: 1 });
  expect((await card("show")).said).toMatchObject({ person: "Ren" });
});

test("a transit card's number names one person, and is forgotten with their cards", async () => {
  expect(await card("link", "Aoi", "--transit")).toMatchObject({ status: 0 });
  expect((await card("link", "Ren", "--transit")).said).toMatchObject({
    error: { code: "CARD_TAKEN" },
  });
  expect((await card("unlink", "Aoi")).said).toEqual({ unlinked: 1 });
  expect(await card("link", "Ren", "--transit")).toMatchObject({ status: 0 });
});

test("a mistake is a sentence with a code", async () => {
  expect((await card("link", "Nobody")).said).toMatchObject({
    error: { code: "PERSON_NOT_FOUND" },
  });
  expect((await card("lend", "Aoi")).status).toBe(2);
  expect((await card("link", "Aoi", "--guardian", "--transit")).status).toBe(2);
});

test("the number of a FeliCa card is told from others', and a card without one has none", async () => {
  const { card: contents } = openTrialAuthority(join(folder, "other"), systemClock.wall);
  const numberOf = async (uid: readonly number[]) =>
    await readCardNumber(new VirtualCard({ ...contents, uid: Uint8Array.from(uid) }));
  expect(await numberOf([1, 16, 3, 4, 5, 6, 7, 254])).toEqual({
    ...{ kind: "idm", hex: "01100304050607fe" },
  });
  expect(await numberOf([8, 1, 2, 3])).toEqual({ kind: "uid", hex: "08010203" });
  expect(await numberOf([])).toBeUndefined();
});
