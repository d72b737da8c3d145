import { expect, test } from "vitest";
import { TeburaError } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import { GuidedEnrolment } from "#device/kiosk/guided-enrolment.ts";
import type { EnrolmentHint } from "#device/kiosk/messages.ts";
import type { QualityReason } from "#device/vision/quality.ts";
import type { Observation } from "#device/vision/vision.ts";
import { plainImage } from "#test/support/made-images.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

const image = plainImage(4, 4, 0);
const request = { name: "花子", consent: true } as const;
const never = new AbortController().signal;

interface Seen {
  readonly yaw?: number;
  readonly side?: number;
  readonly eyes?: number;
  readonly overall?: number;
  readonly reasons?: readonly QualityReason[];
}

/** Only what the enrolment reads: where the face is, how it is held, and what is wrong with it. */
function face({ yaw = 0, side = 100, eyes = 60, overall = 0.5, reasons = [] }: Seen = {}) {
  const box = { x: 0, y: 0, width: side, height: side };
  const pose = { yawDegrees: yaw, pitchDegrees: 0, rollDegrees: 0 };
  return {
    box,
    quality: { ...pose, reasons, overall, eyeDistancePx: eyes },
  } as unknown as Observation;
}

const held = { front: face(), left: face({ yaw: 20 }), right: face({ yaw: -20 }) };

function sitting({
  person = (): number => 1,
  keep = () => ({ renewed: false }),
  isCovered = (): boolean => false,
} = {}) {
  let now = 0;
  const described: { template: Float32Array; face: Observation }[] = [];
  const kept: { name: string; count: number }[] = [];
  const hints: { taken: number; hint: EnrolmentHint }[] = [];
  const enrolment = new GuidedEnrolment({
    clock: { monotonic: () => now as MonotonicMs },
    isCovered,
    vision: {
      describe: async (_image, seen) => {
        const template = gaussianUnit(randomFrom(person()), 128);
        described.push({ template, face: seen });
        return template;
      },
    },
    keep: async ({ name }, templates) => {
      const result = keep();
      kept.push({ name, count: templates.length });
      return result;
    },
    onProgress: ({ taken, hint }) => hints.push({ taken, hint }),
  });
  const look = async (faces: readonly Observation[], afterMs = 700) => {
    now += afterMs;
    await enrolment.offer(faces, image);
  };
  /** A good picture, and the frame after which no better one is waited for. */
  const pose = async (seen: Observation) => {
    await look([seen]);
    await look([seen], 400);
  };
  return { enrolment, described, kept, hints, look, pose };
}

const isWiped = ({ template }: { template: Float32Array }) =>
  template.every((value) => value === 0);

test("ahead, left, right and ahead again enrol a person; the templates are wiped", async () => {
  const { enrolment, described, kept, hints, look, pose } = sitting();
  const result = enrolment.enrol(request, never);
  await pose(held.front);
  await pose(held.left);
  await look([held.left]);
  await pose(held.right);
  await pose(held.front);
  expect(await result).toEqual({ ok: true, renewed: false });
  expect(hints).toContainEqual({ taken: 1, hint: "turn-left" });
  expect(hints).toContainEqual({ taken: 2, hint: "turn-right" });
  expect(hints.at(-1)?.taken).toBe(4);
  expect(kept).toEqual([{ name: "花子", count: 4 }]);
  expect(described.every(isWiped)).toBe(true);
  expect(enrolment.active).toBe(false);
});

test.each([
  { name: "nobody is there", faces: [], hint: "nobody" },
  { name: "two are there", faces: [face(), face({ side: 90 })], hint: "one-person" },
  { name: "the face is small", faces: [face({ eyes: 20 })], hint: "closer" },
  { name: "the door would say closer", faces: [face({ reasons: ["too-far"] })], hint: "closer" },
  { name: "it moves", faces: [face({ reasons: ["blurred"] })], hint: "hold-still" },
  { name: "it is dark", faces: [face({ reasons: ["too-dark"] })], hint: "more-light" },
  { name: "it glares", faces: [face({ reasons: ["too-bright"] })], hint: "less-light" },
  { name: "it looks aside", faces: [face({ yaw: 25 })], hint: "look-here" },
  { name: "it looks far aside", faces: [face({ yaw: -60 })], hint: "look-here" },
] as const)("when $name the hint is $hint, and no picture is taken", async ({ faces, hint }) => {
  const { enrolment, described, hints, look } = sitting();
  const stop = new AbortController();
  const result = enrolment.enrol(request, stop.signal);
  await look([...faces]);
  expect(hints.at(-1)).toEqual({ taken: 0, hint });
  expect(described).toEqual([]);
  stop.abort();
  await result;
});

test("of several pictures of one pose the best is kept, and the others are wiped at once", async () => {
  const { enrolment, described, look } = sitting();
  const stop = new AbortController();
  const result = enrolment.enrol(request, stop.signal);
  await look([face({ overall: 0.5 })]);
  await look([face({ overall: 0.4 })], 100);
  await look([face({ overall: 0.8 })], 100);
  await look([face({ overall: 0.7 })], 100);
  expect(described.map(({ face: seen }) => seen.quality.overall)).toEqual([0.5, 0.8]);
  expect(described.map(isWiped)).toEqual([true, false]);
  stop.abort();
  await result;
  expect(described.every(isWiped)).toBe(true);
});

test("who cannot turn the head is taken as they are after a while", async () => {
  const { enrolment, look, pose } = sitting();
  const result = enrolment.enrol(request, never);
  await pose(held.front);
  for (let turn = 0; turn < 2; turn++) {
    await look([held.front], 5_000);
    await look([held.front], 1_500);
    await look([held.front], 400);
  }
  await pose(held.front);
  expect(await result).toEqual({ ok: true, renewed: false });
});

test("somebody in a mask is asked to take it off, and taken as they are if they do not", async () => {
  let covered = true;
  const { enrolment, described, hints, look, pose } = sitting({ isCovered: () => covered });
  const result = enrolment.enrol(request, never);
  await look([held.front]);
  expect(hints.at(-1)?.hint).toBe("uncover");
  expect(described).toEqual([]);
  await look([held.front], 6_000);
  await look([held.front], 400);
  expect(hints.at(-1)?.taken).toBe(1);
  covered = false;
  for (const seen of [held.left, held.right, held.front]) await pose(seen);
  expect(await result).toMatchObject({ ok: true });
});

test("a hint stays long enough to be read", async () => {
  const { enrolment, hints, look } = sitting();
  const stop = new AbortController();
  const result = enrolment.enrol(request, stop.signal);
  for (let i = 0; i < 20; i++) await look(i % 2 ? [] : [face({ eyes: 10 })], 100);
  expect(hints.length).toBeLessThanOrEqual(4);
  stop.abort();
  await result;
});

test("pictures of two people are never kept as one", async () => {
  let person = 1;
  const { enrolment, described, kept, pose } = sitting({ person: () => person++ });
  const result = enrolment.enrol(request, never);
  await pose(held.front);
  await pose(held.left);
  expect(await result).toMatchObject({ ok: false, code: "FACE_AMBIGUOUS" });
  expect(kept).toEqual([]);
  expect(described.every(isWiped)).toBe(true);
});

test("a sitting ends when it is cancelled, when nobody comes, and when the name is taken", async () => {
  const stop = new AbortController();
  const first = sitting();
  const cancelled = first.enrolment.enrol(request, stop.signal);
  await first.pose(held.front);
  stop.abort();
  expect(await cancelled).toMatchObject({ ok: false, code: "STOPPED" });
  expect(first.described.every(isWiped)).toBe(true);

  const second = sitting();
  const late = second.enrolment.enrol(request, never);
  await second.look([], 60_000);
  expect(await late).toMatchObject({ ok: false, code: "TIMEOUT" });

  const third = sitting({
    keep: () => {
      throw new TeburaError("NAME_TAKEN", "somebody is enrolled under this name");
    },
  });
  const taken = third.enrolment.enrol(request, never);
  for (const seen of [held.front, held.left, held.right, held.front]) await third.pose(seen);
  expect(await taken).toMatchObject({ ok: false, code: "NAME_TAKEN" });
});

test("one sitting at a time", async () => {
  const { enrolment } = sitting();
  const stop = new AbortController();
  const first = enrolment.enrol(request, stop.signal);
  expect(await enrolment.enrol(request, never)).toMatchObject({ ok: false, code: "STOPPED" });
  stop.abort();
  expect(await first).toMatchObject({ code: "STOPPED" });
  expect(await enrolment.enrol(request, stop.signal)).toMatchObject({ code: "STOPPED" });
});
