import { join } from "node:path";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import { GalleryState } from "#contract/gallery-state.ts";
import type { PersonId } from "#contract/ids.ts";
import { pseudonymsUnder } from "#contract/pseudonym.ts";
import type { Service } from "#contract/services.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { Disposables } from "#runtime/disposables.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { dimensions, GalleryBox, trialCard, trustIn } from "#test/support/gallery-box.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const patience = { timeout: 60_000, interval: 100 };
const services = ["bus.boarding", "school.attendance"] as const;
/** Shorter values are words of the contract, numbers and names of boxes. */
const charactersMin = 16;

/** Every value that stands anywhere in these events. */
function valuesIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.length >= charactersMin ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(valuesIn);
}

function faceDecision(service: Service, person: string): EventBody {
  return {
    ...({ type: "decision.made", service, outcome: "admit", reason: "face-matched" } as const),
    person: person as never,
    evidence: [
      { kind: "face", model: "made-faces", frames: 3, falseMatchRate: 1e-5, liveness: "passed" },
    ],
  };
}

test("two services' complete ledgers have nothing in common about a person; the deployment's secret joins them", async () => {
  using folder = temporaryFolder();
  await using parts = new Disposables();
  const { card, trustDir } = trialCard(join(folder.path, "card"));
  trustIn(join(folder.path, "gateway"), trustDir);
  const running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  const face = gaussianUnit(randomFrom(5), dimensions);
  const secret = secretBytesFile(personFiles(join(folder.path, "gateway")).pseudonyms);
  let person: PersonId | undefined;
  for (const service of services) {
    const [id, other] = [`${service.slice(0, 3)}-a`, `${service.slice(0, 3)}-b`];
    const common = { folder: folder.path, service, trustDir };
    const box = parts.use(await GalleryBox.open(running, { ...common, id }));
    const peer = parts.use(await GalleryBox.open(running, { ...common, id: other }));
    for (const each of [box, peer]) await each.start();
    const enrolled = await box.enrol("Aoi", face, card);
    // The same card is the same person to every box, and somebody else to every service.
    person ??= enrolled;
    expect(enrolled).toBe(person);
    await expect.poll(() => peer.recognises(face), patience).toBe(enrolled);
    await peer.outbox.append(faceDecision(service, pseudonymsUnder(secret)(service, enrolled)));
    await box.withdraw(card);
    await expect.poll(() => peer.recognises(face), patience).toBeUndefined();
    await peer.uplink.idle(AbortSignal.timeout(60_000));
    await box.uplink.idle(AbortSignal.timeout(60_000));
  }
  const bodies = running.gateway.ledger.after(0, 10_000).map((entry) => placed(entry).event.body);
  const [first, second] = services.map((service) => {
    const mine = bodies.filter((body) => "service" in body && body.service === service);
    expect(mine.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        ...["consent.given", "gallery.enrolled", "gallery.granted", "gallery.sealed"],
        ...["gallery.received", "decision.made", "consent.withdrawn", "gallery.forgotten"],
      ]),
    );
    return new Set(valuesIn(mine));
  });
  const empty = GalleryState.of([]).digest;
  const common = [...first!].filter((value) => second!.has(value) && value !== empty);
  expect(common.filter((value) => !/^[a-z.-]+$/.test(value))).toEqual([]);
  // Whoever has the secret can: that is what the registry is for.
  const [bus, school] = services.map((service) => pseudonymsUnder(secret)(service, person!));
  expect(first!.has(bus!) && second!.has(school!)).toBe(true);
});
