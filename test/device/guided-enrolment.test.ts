import { expect, test } from "vitest";
import { TeburaError } from "#contract/errors.ts";
import type { MonotonicMs } from "#contract/ids.ts";
import { GuidedEnrolment } from "#device/kiosk/guided-enrolment.ts";
import type { QualityReason } from "#device/vision/quality.ts";
import type { Observation } from "#device/vision/vision.ts";
import { plainImage } from "#test/support/made-images.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

const image = plainImage(4, 4, 0);
const request = { name: "花子", consent: true } as const;
const never = new AbortController().signal;

/** Only what the enrolment reads: where the face is, and what is wrong with it. */
function face(side = 100, reasons: readonly QualityReason[] = []): Observation {
  const box = { x: 0, y: 0, width: side, height: side };
  return { box, quality: { reasons } } as unknown as Observation;
}

function sitting({ person = (): number => 1, keep = () => {} } = {}) {
  let now = 0;
  const described: Float32Array[] = [];
  const kept: { name: string; count: number }[] = [];
  const progress: number[] = [];
  const enrolment = new GuidedEnrolment({
    clock: { monotonic: () => now as MonotonicMs },
    vision: {
      describe: async () => {
        const template = gaussianUnit(randomFrom(person()), 128);
        described.push(template);
        return template;
      },
    },
    keep: (name, templates) => {
      keep();
      kept.push({ name, count: templates.length });
    },
    onProgress: (taken) => progress.push(taken),
  });
  const look = async (faces: readonly Observation[], afterMs = 700) => {
    now += afterMs;
    await enrolment.offer(faces, image);
  };
  return { enrolment, described, kept, progress, look };
}

const isWiped = (template: Float32Array) => template.every((value) => value === 0);

test("four good pictures, a little apart, enrol a person; the templates are wiped", async () => {
  const { enrolment, described, kept, progress, look } = sitting();
  const result = enrolment.enrol(request, never);
  await look([]);
  await look([face(100, ["too-far"])]);
  await look([face(), face(90)]);
  for (let i = 0; i < 4; i++) {
    await look([face(), face(20)]);
    await look([face()], 10);
  }
  expect(await result).toEqual({ ok: true });
  expect(progress).toEqual([0, 1, 2, 3, 4]);
  expect(kept).toEqual([{ name: "花子", count: 4 }]);
  expect(described).toHaveLength(4);
  expect(described.every(isWiped)).toBe(true);
  expect(enrolment.active).toBe(false);
});

test("pictures of two people are never kept as one", async () => {
  let person = 1;
  const { enrolment, described, kept, look } = sitting({ person: () => person++ });
  const result = enrolment.enrol(request, never);
  await look([face()]);
  await look([face()]);
  expect(await result).toMatchObject({ ok: false, code: "FACE_AMBIGUOUS" });
  expect(kept).toEqual([]);
  expect(described.every(isWiped)).toBe(true);
});

test("a sitting ends when it is cancelled, when nobody comes, and when the name is taken", async () => {
  const stop = new AbortController();
  const first = sitting();
  const cancelled = first.enrolment.enrol(request, stop.signal);
  await first.look([face()]);
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
  for (let i = 0; i < 4; i++) await third.look([face()]);
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
