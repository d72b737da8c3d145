import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceId, PersonId, Pseudonym } from "#contract/ids.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { fuseTemplates } from "#device/enrolment/enrol.ts";
import { createGalleryIndex } from "#device/gallery/index/exact.ts";
import { type FacePathPorts, followFace } from "#device/pipeline.ts";
import { Tracker } from "#device/tracks/tracker.ts";
import { createVision, type Vision } from "#device/vision/vision.ts";
import { emptyCounts, median, watchSource } from "#device/watch.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { systemClock } from "#runtime/clock.ts";
import { freshKeyPair } from "#runtime/key-file.ts";
import { makeFace } from "#test/support/made-faces.ts";
import { madePeople, movingViews } from "#test/support/made-images.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { pacedCamera, passerOf, passersBy } from "./decision/passers-by.ts";

const strangers = 10_000;
const passers = 36;
/** What a bus promises between a usable face and its decision. */
const promiseMs = 500;

/**
 * From the first usable picture of a face to the decision on disk, as passengers come to a bus's door:
 * detection, three described frames, the search among 10,000 people, the policy, and the signed event
 * committed to disk. Beside it the least that it can be: the time until the third frame is there at all.
 */
export async function run({ json }: { json: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tebura-decision-"));
  const monotonic = () => systemClock.monotonic();
  await using vision = await createVision(monotonic);
  const templates = await gallery(vision);
  using index = createGalleryIndex({
    dimensions: vision.dimensions,
    source: {
      templatesOf: (person) => [...(templates.get(person) ?? [])].map((one) => one.slice()),
    },
  });
  for (const [person, ofPerson] of templates) for (const one of ofPerson) index.add(person, one);
  using outbox = new Outbox({
    ...{ path: join(folder, "outbox.db"), device: "bus-7" as DeviceId },
    ...{ privateKey: freshKeyPair("ed25519").privateKey, clockQuality: () => "synced" as const },
    wall: () => systemClock.wall(),
  });
  const [usableAt, decidedAt] = [new Map<number, number>(), new Map<number, number>()];
  const outcomes: Record<string, number> = {};
  let passer = 0;
  const path: FacePathPorts = {
    ...{ service: "bus.boarding", policy: defaultPolicyTable["bus.boarding"], gallery: index },
    ...{ model: vision.model, calibration: vision.calibration, leads: vision.leads },
    templatesOf: (person) => [...(templates.get(person) ?? [])].map((one) => one.slice()),
    areLookAlikes: () => false,
    pseudonymOf: () => "A".repeat(22) as Pseudonym,
    record: async (body) => await outbox.append(body),
    missed: () => undefined,
    act({ outcome }) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (!decidedAt.has(passer)) decidedAt.set(passer, monotonic());
    },
  };
  const camera = pacedCamera(passersBy(passers), systemClock);
  const counts = emptyCounts();
  await watchSource(
    {
      ...{ source: camera, vision, tracker: new Tracker(), monotonic },
      follow: (track) => followFace(track, path),
      onFrame: async (faces, frame) => {
        passer = passerOf(frame.index);
        const isUsable = faces.some(({ quality }) => quality.reasons.length === 0);
        if (isUsable && !usableAt.has(passer)) usableAt.set(passer, frame.capturedAt);
      },
    },
    counts,
    new AbortController().signal,
  );
  const times = [...usableAt].flatMap(([one, from]) => {
    const at = decidedAt.get(one);
    return at === undefined ? [] : [at - from];
  });
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
  const leastMs = 2_000 / 15;
  const result = {
    ...{ p50Ms: median(times), p95Ms: p95, promiseMs, promiseOverP95: promiseMs / p95 },
    ...{ leastMs, p50OverLeast: median(times) / leastMs },
    stageMs: Object.fromEntries(
      Object.entries(counts.stageMs).map(([name, all]) => [name, median(all)]),
    ),
    ...{ passers, decided: times.length, outcomes, people: index.people },
    ...{ frames: counts.frames, framesDropped: camera.dropped },
  };
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}

/** The made people, each from three pictures, among strangers whom nobody has drawn. */
async function gallery(vision: Vision): Promise<Map<PersonId, readonly Float32Array[]>> {
  const templates = new Map<PersonId, readonly Float32Array[]>();
  for (const seed of madePeople) {
    const taken: Float32Array[] = [];
    for (const view of movingViews(3, { size: 0.22 })) {
      const image = makeFace(seed, view);
      const { faces } = await vision.detect(image);
      if (faces[0]) taken.push(await vision.describe(image, faces[0]));
    }
    if (taken.length > 0) templates.set(`made-${seed}` as PersonId, [fuseTemplates(taken)]);
  }
  const random = randomFrom(7);
  for (let i = 0; i < strangers; i++) {
    templates.set(`stranger-${i}` as PersonId, [gaussianUnit(random, vision.dimensions)]);
  }
  return templates;
}
