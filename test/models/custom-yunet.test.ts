import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readImage } from "#device/source/read-image.ts";
import { addNetwork } from "#models/custom/add.ts";
import { decodeYunet } from "#models/custom/detector.ts";
import { outputShapes } from "#models/custom/network.ts";
import type { Box } from "#models/image.ts";
import { openNetworks } from "#models/networks/open.ts";
import { needsShared, sharedPath } from "#test/support/shared.ts";
import { entryOf, yunetJson } from "./custom-networks.ts";

const network = sharedPath("models/yunet_n_dynamic.onnx");
const faces = sharedPath("faces/lfw");
const photographsMax = 40;

test("a cell of YuNet's middle grid becomes the box and the points that it tells of", () => {
  const entry = entryOf(yunetJson);
  const outputs = Object.fromEntries(
    Object.entries(outputShapes(entry)).map(([name, dims]) => {
      return [name, { dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }];
    }),
  );
  const cell = 3 * 40 + 5;
  outputs["cls_16"]!.data[cell] = 0.81;
  outputs["obj_16"]!.data[cell] = 4; // Out of range, as rounding may leave it.
  outputs["bbox_16"]!.data.set([0.5, 0.25, Math.log(2), Math.log(3)], cell * 4);
  outputs["kps_16"]!.data.set([0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 2], cell * 10);
  const [face, ...others] = decodeYunet(outputs, 0.5, 640);
  expect(others).toEqual([]);
  expect(face!.score).toBeCloseTo(0.9, 6);
  expect([...face!.row].map((value) => Math.round(value * 1e3) / 1e3)).toEqual([
    88, 52, 32, 48, 80, 48, 96, 48, 88, 56, 88, 72, 0, 0, 0, 0,
  ]);
});

test.skipIf(!network || !faces)(
  needsShared("YuNet sees the faces that the bundled detector sees", "models/yunet_n_dynamic.onnx"),
  async () => {
    const customDir = await mkdtemp(join(tmpdir(), "tebura-yunet-"));
    try {
      const sha256 = createHash("sha256")
        .update(await readFile(network!))
        .digest("hex");
      await addNetwork({
        ...{ customDir, entry: entryOf(yunetJson), from: network!, sha256 },
        ...{ licenceAccepted: true, signal: new AbortController().signal },
      });
      await using ours = await openNetworks();
      await using theirs = await openNetworks({ customDir, detector: "yunet" });
      let [compared, eyesApart, overlapSum] = [0, 0, 0];
      for (const path of await photographs(faces!)) {
        const image = await readImage(path);
        const expected = await ours.finder.detect(image);
        if (expected.length !== 1) continue; // A bystander: which face is meant is not said.
        const found = await theirs.finder.detect(image);
        const overlaps = found.map(({ box }) => overlap(box, expected[0]!.box));
        const best = overlaps.indexOf(Math.max(...overlaps));
        expect(found[best], "one of its faces is this one").toBeDefined();
        compared += 1;
        overlapSum += overlaps[best]!;
        const [a, b] = [found[best]!.eyes, expected[0]!.eyes];
        const distance = Math.hypot(b[1].x - b[0].x, b[1].y - b[0].y);
        for (const i of [0, 1] as const) {
          const apart = Math.hypot(a[i].x - b[i].x, a[i].y - b[i].y) / distance;
          eyesApart = Math.max(eyesApart, apart);
        }
      }
      expect(compared).toBeGreaterThan(photographsMax / 2);
      expect(overlapSum / compared).toBeGreaterThan(0.6);
      expect(eyesApart).toBeLessThan(0.25);
    } finally {
      await rm(customDir, { recursive: true, force: true });
    }
  },
);

async function photographs(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const pictures = names.filter((name) => /\.jpe?g$/.test(name)).sort();
  const step = Math.max(1, Math.floor(pictures.length / photographsMax));
  return pictures
    .filter((_, i) => i % step === 0)
    .slice(0, photographsMax)
    .map((name) => join(folder, name));
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const area = Math.max(0, width) * Math.max(0, height);
  return area / (a.width * a.height + b.width * b.height - area);
}
