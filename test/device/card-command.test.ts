import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGallery } from "#cli/gallery.ts";
import { main } from "#cli/main.ts";
import { settingsFrom } from "#cli/settings.ts";
import { readCardNumber } from "#device/card/contactless.ts";
import { openTrialAuthority } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { systemClock } from "#runtime/clock.ts";

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

/** Runs `tebura card …` as the operator would, with the trial card on the reader. */
async function card(...args: readonly string[]) {
  const said: [string[], string[]] = [[], []];
  const io = {
    out: (text: string) => void said[0].push(text),
    err: (text: string) => void said[1].push(text),
    signal: new AbortController().signal,
    interactive: false,
  };
  const status = await main(["card", ...args, "--virtual-card", "--json", "--data", folder], io);
  return { status, said: JSON.parse(said[0].join("") || "{}"), err: said[1].join("") };
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
