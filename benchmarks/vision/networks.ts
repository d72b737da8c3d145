import type { ModelName } from "#models/manifest.ts";
import { openSession } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";

/** The same network runs as for a frame with `faces` faces, and nothing else. */
export async function openNetworks() {
  const names: readonly ModelName[] = ["blazeface", "facemesh", "dlib-resnet"];
  const prepared = await prepareModels({ names });
  const sessions = await Promise.all(names.map((name) => openSession(prepared.get(name)!)));
  const [detector, mesh, descriptor] = sessions;
  const input = (rows: number, columns: number) => new Float32Array(3 * rows * columns).fill(0.1);
  // Of a frame of 16:9 the detector sees 144 rows of its 256, in steps of 32.
  const [a, b, c] = [input(160, 256), input(192, 192), input(150, 150)];
  return {
    async run(faces: number): Promise<void> {
      await detector!.run(a, [1, 3, 160, 256]);
      for (let i = 0; i < faces; i++) {
        await mesh!.run(b, [1, 3, 192, 192]);
        await mesh!.run(b, [1, 3, 192, 192]);
        await descriptor!.run(c, [1, 3, 150, 150]);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) await session[Symbol.asyncDispose]();
    },
  };
}
