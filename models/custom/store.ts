import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import {
  type CustomCalibration,
  type CustomEntry,
  isBundled,
  parseCustomEntry,
  parseEntryJson,
} from "./entry.ts";

/** A network that was added, as it lies in its folder. */
export interface StoredNetwork {
  readonly entry: CustomEntry;
  /** SHA-256 of the file, in base64url. */
  readonly sha256: string;
  readonly path: string;
}

const entryFile = "entry.json";
const networkFile = "network.onnx";
const storedSchema = z.strictObject({ sha256: z.string(), entry: z.unknown() });

/** The names of the networks that were added, sorted. */
export async function customNames(customDir: string): Promise<readonly string[]> {
  const found = await readdir(customDir, { withFileTypes: true }).catch(() => []);
  return found
    .filter((item) => item.isDirectory() && !item.name.startsWith("."))
    .map((item) => item.name)
    .sort();
}

/**
 * A network that was added under this name. Throws MODEL_UNKNOWN where there is none, and
 * MODEL_ENTRY_INVALID where its entry was damaged.
 */
export async function readStored(customDir: string, name: string): Promise<StoredNetwork> {
  const names = await customNames(customDir);
  if (!names.includes(name)) {
    throw new TeburaError(
      "MODEL_UNKNOWN",
      `no network named ${name} was added; see "tebura models list"`,
    );
  }
  const from = join(customDir, name, entryFile);
  const text = await readFile(from, "utf8").catch((cause: unknown) => {
    throw new TeburaError("MODEL_ENTRY_INVALID", `${from} cannot be read; add ${name} again`, {
      cause,
    });
  });
  const stored = storedSchema.safeParse(parseEntryJson(text, from));
  if (!stored.success) {
    throw new TeburaError("MODEL_ENTRY_INVALID", `${from}: ${z.prettifyError(stored.error)}`);
  }
  const entry = parseCustomEntry(stored.data.entry, from);
  return { entry, sha256: stored.data.sha256, path: join(customDir, name, networkFile) };
}

/** Throws NAME_TAKEN where a network of ours or of theirs has this name. */
export async function refuseTaken(customDir: string, name: string): Promise<void> {
  if (isBundled(name) || (await customNames(customDir)).includes(name)) throw taken(name);
}

/**
 * Puts a network into its folder. `check` sees the file where it will be read from, before it has
 * its name; what it throws leaves nothing behind. The folder takes its name in one step.
 */
export async function placeNetwork(
  customDir: string,
  { entry, sha256 }: Omit<StoredNetwork, "path">,
  bytes: Uint8Array,
  check: (stored: StoredNetwork) => Promise<void>,
): Promise<StoredNetwork> {
  const part = join(customDir, `.${entry.name}.${randomUUID()}.part`);
  try {
    const path = join(part, networkFile);
    await writable(customDir, async () => {
      await mkdir(part, { recursive: true });
      await writeSynced(path, bytes);
      await writeSynced(join(part, entryFile), textOf({ sha256, entry }));
    });
    await check({ entry, sha256, path });
    await rename(part, join(customDir, entry.name)).catch((cause: NodeJS.ErrnoException) => {
      // A folder never replaces one that holds files, so the second of two is told.
      if (cause.code === "ENOTEMPTY" || cause.code === "EEXIST") throw taken(entry.name);
      throw unwritable(customDir, cause);
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return await readStored(customDir, entry.name);
}

/** Forgets a network. Throws MODEL_UNKNOWN. */
export async function removeNetwork(customDir: string, name: string): Promise<void> {
  if (!(await customNames(customDir)).includes(name)) await readStored(customDir, name);
  const part = join(customDir, `.${name}.${randomUUID()}.part`);
  await writable(customDir, async () => {
    await rename(join(customDir, name), part);
    await rm(part, { recursive: true, force: true });
  });
}

/** Gives an embedder the tables that were measured for it. Throws MODEL_UNKNOWN, MODEL_ENTRY_INVALID. */
export async function storeCalibration(
  customDir: string,
  name: string,
  tables: CustomCalibration,
): Promise<void> {
  const { entry, sha256 } = await readStored(customDir, name);
  if (entry.kind !== "embedder") {
    throw new TeburaError(
      "MODEL_ENTRY_INVALID",
      `${name} is a detector and has no scores to match`,
    );
  }
  const path = join(customDir, name, entryFile);
  const part = `${path}.${randomUUID()}.part`;
  await writable(customDir, async () => {
    await writeSynced(part, textOf({ sha256, entry: { ...entry, ...tables } }));
    await rename(part, path);
  });
}

function textOf(stored: { sha256: string; entry: CustomEntry }): string {
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

async function writeSynced(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writable(customDir: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw unwritable(customDir, cause);
  }
}

function unwritable(customDir: string, cause: unknown): TeburaError {
  return new TeburaError(
    "DATA_UNWRITABLE",
    `networks cannot be kept in ${customDir}; make it writable or name another with --data`,
    { cause },
  );
}

function taken(name: string): TeburaError {
  return new TeburaError(
    "NAME_TAKEN",
    `there is a network named ${name} already; choose another name in the entry, or remove it first`,
  );
}
