import { join } from "node:path";
import { expect, test } from "vitest";
import { openCertificate } from "#contract/deletion-certificate.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { openForgetter } from "#gateway/evidence/open-vault.ts";
import { Disposables } from "#runtime/disposables.ts";
import { askWithKey } from "#test/support/api-key.ts";
import { dimensions, GalleryBox, trialCard, trustIn } from "#test/support/gallery-box.ts";
import { runCommand } from "#test/support/run-command.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";
import { birthday, service, uncleCard, wardsCity } from "./wards-city.ts";

const patience = { timeout: 60_000, interval: 100 };

test("whoever is forgotten is recognised nowhere, though nobody ended a consent, and gets the proof of it", async () => {
  using folder = temporaryFolder();
  await using parts = new Disposables();
  const { card, trustDir } = trialCard(join(folder.path, "card"));
  trustIn(join(folder.path, "gateway"), trustDir);
  const running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  const options = { folder: folder.path, id: "bus-a", service: "bus.boarding", trustDir } as const;
  const box = parts.use(await GalleryBox.open(running, options));
  await box.start();
  const face = gaussianUnit(randomFrom(9), dimensions);
  await box.enrol("Aoi", face, card);
  const { person } = box.store.consents.all()[0]!;
  const about = { service: "bus.boarding", person } as const;
  const state = () => {
    const shown = running.gateway.galleries.desk.show(about);
    return shown.ok ? shown.consent.state : shown.code;
  };
  await expect.poll(state, patience).toBe("standing");
  await expect.poll(() => box.recognises(face), patience).toBeDefined();

  const command = (...words: string[]) =>
    runCommand(
      ["registry", "forget", ...words, "--gateway", running.httpUrl, "--json"].concat(
        "--data",
        folder.path,
      ),
    );
  const first = await command(about.service, person);
  expect(first).toMatchObject({ status: 0 });
  const consents = [{ ...about, endedAt: expect.any(Number) }];
  expect(JSON.parse(first.out)).toEqual({ forgotten: true, consents });
  await expect.poll(() => box.recognises(face), patience).toBeUndefined();
  await expect.poll(() => box.store.consents.all().length, patience).toBe(0);
  const ask = askWithKey(running.httpUrl, running.gateway.apiKeys);
  const certificate = async () => {
    const init = { method: "POST", body: JSON.stringify(about) };
    const answer = await ask("/api/consents/certificate", init);
    return ((await answer.json()) as { certificate?: string }).certificate;
  };
  await expect.poll(certificate, patience).toBeDefined();
  const opened = await openCertificate((await certificate()) ?? "", running.gateway.publicKey);
  expect(opened).toMatchObject({ ...about, boxes: [{ device: "bus-a", how: "deleted" }] });
  // Once more changes nothing; who never was here is told apart from who is gone.
  const again = await command(about.service, person);
  expect(JSON.parse(again.out)).toEqual({ forgotten: false, consents });
  expect(await command("R-NOBODY")).toMatchObject({ status: 1 });
  expect(await command(about.service, "AAAAAAAAAAAAAAAAAAAAAA")).toMatchObject({ status: 1 });
});

type City = Awaited<ReturnType<typeof wardsCity>>;

/** The mother agrees for her child and lets the uncle act for her; he lets himself be recognised too. */
async function agreed(place: City) {
  const [person, uncle] = [place.name("child"), place.name("uncle")];
  expect(await place.give({ person, by: "guardian", until: birthday })).toBeNull();
  expect(await place.give({ person: uncle }, uncleCard)).toBeNull();
  expect(await place.appoint({})).toBeNull();
}

const forget = async (place: City, reference: string) => {
  const init = { method: "POST", body: JSON.stringify({ reference }) };
  return await (await place.ask("/api/registry/persons/forget", init)).json();
};

/** How the child's and the uncle's consents stand, and the mandate between them. */
const stands = (place: City, [child, uncle]: readonly ReturnType<City["name"]>[]) => {
  const { desk, mandates } = place.gateway.galleries;
  const [one, other] = [child!, uncle!].map((person) => {
    const shown = desk.show({ service, person });
    return shown.ok ? shown.consent.state : shown.code;
  });
  const shown = mandates.show({ service, person: child! });
  return [one, other, shown.ok ? shown.proxies.map(({ state }) => state)[0] : shown.code];
};

test.each([
  ["the child", "child", false, ["withdrawn", "standing", "dismissed"]],
  ["the only guardian", "mother", false, ["withdrawn", "standing", "dismissed"]],
  ["one of two guardians", "mother", true, ["standing", "standing", "standing"]],
  ["the proxy", "uncle", false, ["standing", "withdrawn", "dismissed"]],
] as const)(
  "forgetting %s ends what nobody else stands for, and nothing more",
  async (_, whom, isSecond, expected) => {
    await using place = await wardsCity();
    await agreed(place);
    if (isSecond) {
      place.register("persons", { reference: "father", name: "手ぶら 一郎" });
      const bond = { guardian: "father", ward: "child", relation: "father" } as const;
      place.register("guardians", { ...bond, notify: false });
    }
    const names = [place.name("child"), place.name("uncle")];
    const consents = whom === "mother" ? [] : [{ service, person: place.name(whom) }];
    expect(await forget(place, whom)).toMatchObject({ forgotten: true, consents });
    expect(stands(place, names)).toEqual(expected);
    for (const body of place.bodies()) {
      if (body.type !== "consent.withdrawn" && body.type !== "proxy.dismissed") continue;
      expect(body).toMatchObject({ how: "registry", who: expect.stringMatching(/^api-key:/) });
    }
    const count = place.bodies().length;
    expect(await forget(place, whom)).toEqual({ forgotten: false, consents: [] });
    expect(place.bodies().length).toBe(count);
  },
);

test("a consent that has not begun ends too, and one that was signed by a clock that runs ahead", async () => {
  await using place = await wardsCity();
  const uncle = place.name("uncle");
  const at = (place.clock.wall() + 60_000) as WallMs;
  expect(await place.give({ person: uncle, at }, uncleCard)).toBeNull();
  expect(place.standing("uncle")).toMatchObject({ state: "not-begun" });
  expect(await forget(place, "uncle")).toMatchObject({ consents: [{ endedAt: at }] });
  place.at(at + 1);
  const shown = place.gateway.galleries.desk.show({ service, person: uncle });
  expect(shown).toMatchObject({ consent: { state: "withdrawn" } });
});

test("forgetting goes on where power was cut after the consents had ended", async () => {
  await using place = await wardsCity();
  await agreed(place);
  const names = [place.name("child"), place.name("uncle")];
  const { gateway, dataDir, clock } = place;
  const { persons, residents, family } = gateway;
  const vault = {
    forget: () => {
      throw new Error("power is cut");
    },
  };
  const { cards, ledger, desk, galleries, boxLists, services } = gateway;
  const held = { cards, ledger, desk, galleries, boxLists, services, vault };
  const parts = { persons, residents, family, ...held };
  const cut = openForgetter(parts, { dataDir }, { clock });
  await expect(cut.forget({ reference: "uncle" }, "operator:desk-1")).rejects.toThrow("power");
  expect(stands(place, names)).toEqual(["standing", "withdrawn", "dismissed"]);
  expect(await forget(place, "uncle")).toMatchObject({
    ...{ forgotten: true, consents: [{ service, person: names[1] }] },
  });
  expect(persons.isKnown("uncle")).toBe(false);
});

test("whoever is forgotten has no account any more, neither at their own page nor as a guardian", async () => {
  await using place = await wardsCity();
  const { residents, family, persons } = place.gateway;
  const at = place.clock.wall();
  const guardian = persons.pseudonymOf("school.route-watch", persons.idOf("mother")!);
  await residents.admit("command-line", { reference: "mother" }, at);
  await residents.admit("command-line", { reference: "uncle" }, at);
  await family.admit("command-line", "A".repeat(22) as Pseudonym, at, guardian);
  await forget(place, "mother");
  const { desk } = place.gateway;
  for (const { notes } of [residents, family]) await notes.bringTo((body) => desk.record(body));
  const told = (wanted: string) =>
    place.bodies().flatMap((body) => {
      const isTold = body.type === "sign-in.account-changed" && body.change === wanted;
      return isTold ? [body.account] : [];
    });
  const [mothers, uncles, guardians] = told("invited");
  const isOpen = (account = "") => residents.isOpen(account) || family.isOpen(account);
  expect([mothers, guardians, uncles].map(isOpen)).toEqual([false, false, true]);
  expect(told("revoked").sort()).toEqual([mothers, guardians].sort());
});
