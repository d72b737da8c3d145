// A process of its own that prepares the models named after the folder; for the tests of the store.
import type { ModelName } from "#models/manifest.ts";
import { prepareModels } from "#models/store.ts";

const [cacheDir = "", ...names] = process.argv.slice(2);
await prepareModels({
  cacheDir,
  names: names as ModelName[],
  onProgress: ({ name, state }) => process.stdout.write(`${name} ${state}\n`),
});
