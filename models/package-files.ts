import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import type { ModelEntry, SourceFile } from "./manifest.ts";

/** Where an npm package stands, or undefined where it is not installed. */
export type FindPackage = (name: string) => string | undefined;

/**
 * Looks where Node would look. The folder is found by its package.json and not by an import,
 * because packages may hide their other files from imports.
 */
export const findInstalledPackage: FindPackage = (name) =>
  (createRequire(import.meta.url).resolve.paths(name) ?? [])
    .map((folder) => join(folder, name))
    .find((folder) => existsSync(join(folder, "package.json")));

/**
 * The two source files of a network, each checked against its digest. Throws MODEL_SOURCE_MISSING
 * or MODEL_DIGEST_MISMATCH; the message says what to do.
 */
export async function readSource(
  entry: ModelEntry,
  findPackage: FindPackage,
): Promise<[description: Uint8Array, weights: Uint8Array]> {
  const { package: name, version, files } = entry.source;
  const folder = findPackage(name);
  if (!folder) {
    throw missing(entry, `${name} ${version} is not installed; run npm ci`);
  }
  const found = await readVersion(folder);
  if (found !== version) {
    throw missing(entry, `${name} ${version} is needed and ${found} is installed; run npm ci`);
  }
  const [description, weights] = files;
  return [await readChecked(entry, folder, description), await readChecked(entry, folder, weights)];
}

async function readVersion(folder: string): Promise<string> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === "string" ? version : "no version";
  } catch {
    return "no version";
  }
}

async function readChecked(
  entry: ModelEntry,
  folder: string,
  file: SourceFile,
): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, file.path)).catch(() => {
    throw missing(entry, `${file.path} is not in ${entry.source.package}; run npm ci`);
  });
  if (digestOf(bytes) === file.sha256) return bytes;
  throw new TeburaError(
    "MODEL_DIGEST_MISMATCH",
    `${file.path} of ${entry.source.package} is not the file that ${entry.name} was tested with; ` +
      "remove node_modules and run npm ci",
  );
}

function missing(entry: ModelEntry, what: string): TeburaError {
  return new TeburaError("MODEL_SOURCE_MISSING", `${entry.name} has no source: ${what}`);
}
