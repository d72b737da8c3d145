import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { limits } from "#contract/limits.ts";

const photograph = /\.(jpe?g|png|webp)$/i;

export interface PersonFolder {
  readonly name: string;
  /** Paths of the photographs, sorted, so that enrolling twice gives the same templates. */
  readonly photographs: readonly string[];
}

/**
 * Reads a folder that holds one folder of photographs per person, named after the person.
 * Throws SOURCE_NOT_FOUND when it is missing, SOURCE_EMPTY when nobody is in it, NAME_TAKEN when two
 * folders differ only in case or Unicode form, NAME_INVALID for a name that is too long.
 */
export function readPersonFolders(folder: string): readonly PersonFolder[] {
  const people = entriesOf(folder)
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => ({
      name: checkedName(entry.name),
      photographs: photographsIn(join(folder, entry.name)),
    }))
    .filter((person) => person.photographs.length > 0);
  if (people.length === 0) {
    throw new TeburaError(
      "SOURCE_EMPTY",
      `nobody is in ${folder}: it should hold a folder of photographs for each person`,
    );
  }
  refuseSameNames(people, folder);
  return people;
}

/** Names from a text file, one on each line. Throws SOURCE_NOT_FOUND, NAME_INVALID, SOURCE_EMPTY. */
export function readNames(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read the names in ${path}: ${why}`, {
      cause,
    });
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new TeburaError("SOURCE_EMPTY", `there is no name in ${path}`);
  return lines.map(checkedName);
}

/** The photographs directly in a folder, sorted. */
export function photographsIn(folder: string): readonly string[] {
  return entriesOf(folder)
    .filter((entry) => !entry.isDirectory() && photograph.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .toSorted();
}

/** A name as it is kept: Unicode NFC, trimmed. Throws NAME_INVALID when empty or too long. */
export function checkedName(text: string): string {
  const name = text.normalize("NFC").trim();
  if (name !== "" && [...name].length <= limits.nameCharactersMax && !/\p{Cc}/u.test(name)) {
    return name;
  }
  throw new TeburaError(
    "NAME_INVALID",
    `a name has 1 to ${limits.nameCharactersMax} characters and no control characters`,
  );
}

function refuseSameNames(people: readonly PersonFolder[], folder: string): void {
  const seen = new Set<string>();
  for (const { name } of people) {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      throw new TeburaError("NAME_TAKEN", `two folders in ${folder} name the same person`);
    }
    seen.add(key);
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read the folder ${folder}: ${why}`, {
      cause,
    });
  }
}
