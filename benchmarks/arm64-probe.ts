import { cpus } from "node:os";
import { readImage } from "#device/source/read-image.ts";
import { createVision } from "#device/vision/vision.ts";
import { openWarpRow } from "#models/kernel/warp-row.ts";
import { prepareModels } from "#models/store.ts";
import { systemClock } from "#runtime/clock.ts";
import { madePeople, writeFace } from "#test/support/made-images.ts";

/**
 * `make FOLDER`: pictures of made people, two of each. `describe FOLDER MODELS`: converts the networks
 * into MODELS, looks at every picture as a door does, and prints what it saw as one line of JSON.
 * Run on two kinds of processor, it says whether both see the same.
 */
const [task, folder = "", modelsDir = ""] = process.argv.slice(2);
const views = [{}, { yawDegrees: 8, rollDegrees: 4, light: 0.3, size: 0.2, grain: 3 }] as const;
const pictures = madePeople.flatMap((seed) => views.map((view, i) => [seed, view, i] as const));
const pathOf = (seed: number, view: number) => `${folder}/${seed}-${view}.jpg`;

async function describe() {
  const monotonic = () => systemClock.monotonic();
  const start = monotonic();
  await prepareModels({ cacheDir: modelsDir });
  const convertedMs = monotonic() - start;
  await using vision = await createVision(monotonic, { modelsDir });
  const seen: object[] = [];
  for (const [seed, , view] of pictures) {
    const image = await readImage(pathOf(seed, view));
    const since = monotonic();
    const { faces } = await vision.detect(image);
    const [face] = faces;
    const template = face ? [...(await vision.describe(image, face))] : [];
    seen.push({
      ...{ name: `${seed}-${view}`, faces: faces.length, box: face?.box, score: face?.score },
      ...{ presence: face?.landmarks.presence, sharpness: face?.quality.sharpness, template },
      brightness: image.data.reduce((sum, value) => sum + value, 0) / image.data.length,
      ms: monotonic() - since,
    });
  }
  const { arch, version } = process;
  return { arch, version, cpu: cpus()[0]?.model, kernel: hasKernel(), convertedMs, seen };
}

function hasKernel(): boolean {
  try {
    return openWarpRow(1).memory.buffer.byteLength > 0;
  } catch {
    return false;
  }
}

if (task === "make") {
  for (const [seed, view, i] of pictures) await writeFace(pathOf(seed, i), seed, view);
} else process.stdout.write(`${JSON.stringify(await describe())}\n`);
