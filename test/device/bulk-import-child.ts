// A process of its own that replaces a whole gallery in one step, over and over; for the kill test.
import type { WallMs } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";

const [path = "", people = "0"] = process.argv.slice(2);
using store = new GalleryStore({
  ...{ path, key: Buffer.alloc(32, 7), model: "made", dimensions: 8 },
  wall: () => 1_790_000_000_000 as WallMs,
});
for (let round = 1; ; round++) {
  store.transaction(() => {
    for (let i = 0; i < Number(people); i++) {
      const template = new Float32Array(8).fill(round);
      store.enrol({ name: `person ${i}`, templates: [template], replace: true });
    }
  });
  process.stdout.write(`${round}\n`);
}
