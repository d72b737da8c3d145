import type { ModelName } from "#models/manifest.ts";
import { openSession } from "#models/session.ts";
import { prepareModels } from "#models/store.ts";

/** The same network runs as for a frame with `faces` faces, and nothing else. */
export async function openNetworks() {
  const names: readonly ModelName[] = ["blazeface", "facemesh", "dlib-resnet"];
  const prepared = await prepareModels({ names });
  const sessions = await Promise.all(names.map((name) => openSession(prepared.get(name)!)));
  const [detector, mesh, descriptor] = sessions;
  const input = (side: number) => new Float32Array(3 * side * side).fill(0.1);
  const [a, b, c] = [input(256), input(192), input(150)];
  return {
    async run(faces: number): Promise<void> {
      await detector!.run(a, [1, 3, 256, 256]);
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
