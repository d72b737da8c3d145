import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import { convertNetwork } from "#models/convert/convert.ts";
import { type ModelName, modelEntry } from "#models/manifest.ts";
import { findInstalledPackage } from "#models/package-files.ts";
import { openSession } from "#models/session.ts";
import { defaultModelsDir, type PreparationState, prepareModels } from "#models/store.ts";

let folder = "";
let cacheDir = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tebura-store-"));
  cacheDir = join(folder, "models");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A copy of what liveness comes from, to spoil. */
async function copySource(): Promise<string> {
  const entry = modelEntry("liveness");
  const original = findInstalledPackage(entry.source.package) ?? "";
  const copy = join(folder, "package");
  for (const path of ["package.json", ...entry.source.files.map((file) => file.path)]) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await cp(join(original, path), join(copy, path));
  }
  return copy;
}

const prepareLiveness = (copy: string | undefined) =>
  prepareModels({ cacheDir, names: ["liveness"], findPackage: () => copy });

describe("preparation", () => {
  test("converts what is missing, and the next time finds it ready", async () => {
    const states: string[] = [];
    const names: ModelName[] = ["liveness", "landmark-68"];
    const onProgress = (progress: {
      name: string;
      state: PreparationState;
      done: number;
      total: number;
    }) => {
      states.push(`${progress.name} ${progress.state} ${progress.done}/${progress.total}`);
    };
    const prepared = await prepareModels({ cacheDir, names, onProgress });
    expect([...prepared.keys()]).toEqual(names);
    expect(prepared.get("liveness")?.entry.name).toBe("liveness");
    await prepareModels({ cacheDir, names, onProgress, findPackage: () => undefined });
    expect(states).toEqual([
      "liveness missing 0/2",
      "liveness converted 1/2",
      "landmark-68 missing 1/2",
      "landmark-68 converted 2/2",
      "liveness ready 1/2",
      "landmark-68 ready 2/2",
    ]);
    expect((await readdir(cacheDir)).sort()).toEqual(["landmark-68.onnx", "liveness.onnx"]);
  });

  test("gives the bytes of the manifest, every time", async () => {
    const entry = modelEntry("liveness");
    const source = findInstalledPackage(entry.source.package) ?? "";
    const [description, weights] = await Promise.all(
      entry.source.files.map((file) => readFile(join(source, file.path))),
    );
    const { name, recipe, input } = entry;
    const request = { name, recipe, input, files: [description!, weights!] as const };
    const [first, second] = [convertNetwork(request), convertNetwork(request)];
    expect(digestOf(first)).toBe(entry.sha256);
    expect(digestOf(second)).toBe(entry.sha256);
  });

  test("puts its cache where TEBURA_MODELS says, or else beside the checkout", () => {
    const before = process.env["TEBURA_MODELS"];
    try {
      process.env["TEBURA_MODELS"] = cacheDir;
      expect(defaultModelsDir()).toBe(cacheDir);
      delete process.env["TEBURA_MODELS"];
      expect(defaultModelsDir()).toMatch(/[\\/]\.tebura[\\/]models$/);
    } finally {
      if (before !== undefined) process.env["TEBURA_MODELS"] = before;
    }
  });

  test("refuses a source with another digest, and leaves nothing behind", async () => {
    const copy = await copySource();
    const path = join(copy, "models/liveness.bin");
    const bytes = await readFile(path);
    bytes[1_000] = bytes[1_000]! ^ 1;
    await writeFile(path, bytes);
    await expect(prepareLiveness(copy)).rejects.toMatchObject({
      code: "MODEL_DIGEST_MISMATCH",
      message: expect.stringMatching(/npm ci/),
    });
    await expect(readdir(cacheDir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([
    { name: "a package that is not installed", spoil: async () => undefined },
    {
      name: "a package of another version",
      spoil: async (copy: string) => {
        await writeFile(join(copy, "package.json"), '{"version":"0.0.1"}');
        return copy;
      },
    },
    {
      name: "a package description that is no JSON",
      spoil: async (copy: string) => {
        await writeFile(join(copy, "package.json"), "{");
        return copy;
      },
    },
    {
      name: "a file that is missing",
      spoil: async (copy: string) => {
        await rm(join(copy, "models/liveness.json"));
        return copy;
      },
    },
  ])("refuses $name, and says what to do", async ({ spoil }) => {
    const source = await spoil(await copySource());
    await expect(prepareLiveness(source)).rejects.toMatchObject({
      code: "MODEL_SOURCE_MISSING",
      message: expect.stringMatching(/npm ci/),
    });
  });

  test("refuses a name that is no network", async () => {
    const names = ["nobody"] as unknown as ModelName[];
    await expect(prepareModels({ cacheDir, names })).rejects.toMatchObject({
      code: "MODEL_UNKNOWN",
    });
  });

  test("says so when the folder cannot be written", async () => {
    await writeFile(cacheDir, "a file where the folder should be");
    await expect(prepareModels({ cacheDir, names: ["liveness"] })).rejects.toMatchObject({
      code: "DATA_UNWRITABLE",
      message: expect.stringMatching(/TEBURA_MODELS/),
    });
  });
});

describe("a damaged file in the cache", () => {
  async function damage(): Promise<string> {
    const prepared = await prepareModels({ cacheDir, names: ["liveness"] });
    const { path } = prepared.get("liveness")!;
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 0x40;
    await writeFile(path, bytes);
    return path;
  }

  test("is never opened", async () => {
    const path = await damage();
    const entry = modelEntry("liveness");
    await expect(openSession({ path, entry })).rejects.toMatchObject({
      code: "MODEL_DIGEST_MISMATCH",
    });
  });

  test("is converted anew from a good source", async () => {
    const path = await damage();
    const states: string[] = [];
    await prepareModels({
      cacheDir,
      names: ["liveness"],
      onProgress: ({ state }) => states.push(state),
    });
    expect(states).toEqual(["damaged", "converted"]);
    expect(digestOf(await readFile(path))).toBe(modelEntry("liveness").sha256);
  });

  test("is refused where there is no source", async () => {
    await damage();
    await expect(prepareLiveness(undefined)).rejects.toMatchObject({
      code: "MODEL_SOURCE_MISSING",
    });
  });
});

describe("several processes", () => {
  const names: ModelName[] = ["dlib-resnet", "facemesh", "liveness"];

  function startChild(): ChildProcess {
    const script = fileURLToPath(new URL("prepare-child.ts", import.meta.url));
    return spawn(process.execPath, ["--import", "tsx", script, cacheDir, ...names], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  async function expectWhole(): Promise<void> {
    for (const file of await readdir(cacheDir).catch(() => [])) {
      if (!file.endsWith(".onnx")) continue;
      const entry = modelEntry(file.replace(".onnx", ""));
      expect(digestOf(await readFile(join(cacheDir, file))), file).toBe(entry.sha256);
    }
  }

  test("prepare the same folder at once without harm", async () => {
    const children = [startChild(), startChild(), startChild()];
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    await expectWhole();
    expect((await readdir(cacheDir)).sort()).toEqual(names.map((name) => `${name}.onnx`));
  });

  test("within one process do so too", async () => {
    await Promise.all([1, 2, 3].map(() => prepareModels({ cacheDir, names })));
    await expectWhole();
    expect((await readdir(cacheDir)).sort()).toEqual(names.map((name) => `${name}.onnx`));
  });

  test("that are killed leave no half network", async () => {
    for (const delayMs of [0, 100, 200, 300, 400]) {
      const child = startChild();
      const exit = once(child, "exit");
      // The first line says that the conversion of the largest network is about to begin.
      await Promise.race([once(child.stdout!, "data"), exit]);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill("SIGKILL");
      await exit;
      await expectWhole();
      await rm(join(cacheDir, "dlib-resnet.onnx"), { force: true });
    }
    await prepareModels({ cacheDir, names });
    await expectWhole();
  });

  test("that died long ago leave a part that is removed, a young part stays", async () => {
    await mkdir(cacheDir, { recursive: true });
    const [old, young] = ["dlib-resnet.onnx.1.part", "dlib-resnet.onnx.2.part"];
    for (const name of [old, young]) await writeFile(join(cacheDir, name), "half");
    await utimes(join(cacheDir, old), 1, 1);
    await prepareModels({ cacheDir, names: ["liveness"] });
    expect((await readdir(cacheDir)).sort()).toEqual([young, "liveness.onnx"]);
  });
});
