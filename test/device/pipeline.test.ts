import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, Pseudonym } from "#contract/ids.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { type FacePathPorts, followFace } from "#device/pipeline.ts";
import type { FaceTrack } from "#device/tracks/tracker.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import type { LeadRow } from "#models/calibration.ts";
import { gaussianUnit, randomFrom } from "../support/unit-vectors.ts";

const dimensions = 64;
const random = randomFrom(3);
const faces = Array.from({ length: 200 }, () => gaussianUnit(random, dimensions));
/** At 0.9 one in 2,000 strangers matches: good enough among a class, not among a city. */
const calibration = [
  { threshold: 0.5, falseMatchRate: 0.1 },
  { threshold: 0.9, falseMatchRate: 5e-4 },
];

function near(face: Float32Array, share: number): Float32Array {
  const other = gaussianUnit(random, dimensions);
  const mixed = face.map((value, i) => share * value + (1 - share) * other[i]!);
  const length = Math.hypot(...mixed);
  return mixed.map((value) => value / length);
}

async function follow(
  template: Float32Array | undefined,
  { expected, leads = [] }: { expected?: readonly number[]; leads?: readonly LeadRow[] } = {},
) {
  using gallery = createGalleryIndex({ dimensions });
  const people = faces.map((face, i) => {
    gallery.add(`p${i}` as PersonId, face);
    return `p${i}` as PersonId;
  });
  const order: string[] = [];
  const offers: (string | undefined)[] = [];
  const bodies: EventBody[] = [];
  const ports: FacePathPorts = {
    ...{ service: "bus.boarding", policy: defaultPolicyTable["bus.boarding"], model: "made" },
    ...{ calibration, leads, gallery, areLookAlikes: () => false },
    templatesOf: (person) => [Float32Array.from(faces[Number(person.slice(1))]!)],
    expected: expected && new Set(expected.map((i) => people[i]!)),
    pseudonymOf: (person) => person.padEnd(22, "-") as Pseudonym,
    async record(body) {
      bodies.push(body);
      order.push("recorded");
      return { sequence: order.length };
    },
    missed: () => order.push("missed"),
    act: (_decision, _track, _sequence, instead) => {
      order.push("acted");
      offers.push(instead?.offer);
    },
  };
  const track = { id: 1, frames: 3, template, liveness: "not-checked", last: undefined };
  const decision = await followFace(track as unknown as FaceTrack, ports);
  return { decision, bodies, order, offers };
}

test("the event is on disk before the door acts", async () => {
  const { order, bodies } = await follow(faces[0]);
  expect(order).toEqual(["recorded", "acted"]);
  expect(bodies).toMatchObject([{ type: "decision.made", evidence: [{ frames: 3 }] }]);
});

test("the screen is told of another way, unless somebody is admitted", async () => {
  expect((await follow(faces[0], { expected: [0, 1] })).offers).toEqual([undefined]);
  expect((await follow(undefined)).offers).toEqual(["card"]);
});

test("a face that a city leaves in doubt is admitted where it is expected", async () => {
  const probe = near(faces[7]!, 0.85);
  expect((await follow(probe)).decision.outcome).toBe("ask-card");
  const { decision } = await follow(probe, { expected: [5, 6, 7, 8] });
  expect(decision).toMatchObject({ outcome: "admit", person: "p7" });
});

test("among many, what counts is how far a face leads, of the probe and of the template", async () => {
  const leads = [{ threshold: 0.7, falsePositiveIdentificationRate: 0.001 }];
  const { decision } = await follow(near(faces[7]!, 0.85), { leads });
  expect(decision).toMatchObject({ outcome: "admit", person: "p7" });
  const strict = [{ threshold: 0.99, falsePositiveIdentificationRate: 0.001 }];
  expect((await follow(near(faces[7]!, 0.85), { leads: strict })).decision.outcome).toBe("refuse");
});

test("whoever is not expected is still found among everybody, by everybody's rule", async () => {
  const { decision } = await follow(near(faces[7]!, 0.85), { expected: [1, 2, 3] });
  expect(decision.outcome).toBe("ask-card");
});

test("a track without a usable picture is no stranger: the card is asked for", async () => {
  const { decision, bodies } = await follow(undefined);
  expect(decision).toEqual({ outcome: "ask-card", reason: "face-quality-low" });
  expect(JSON.stringify(bodies)).not.toContain("person");
});
