import { type Dirent, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { photographsIn } from "../enrolment/photo-folder.ts";

export interface PhotographRules {
  /** The box's own folder: what lies in there is the box's, and goes in any case. */
  readonly dataDir: string;
  /** What becomes of folders elsewhere, which are the operator's. */
  readonly elsewhere: "leave" | "delete";
}

export interface PhotographCount {
  readonly deleted: number;
  readonly left: number;
}

/**
 * Deletes the photographs in folders that people were enrolled from, as far as they are the box's to
 * delete, and says how many are left. Nothing but photographs goes, and folders that are empty then.
 */
export function endPhotographs(
  folders: readonly string[],
  { dataDir, elsewhere }: PhotographRules,
): PhotographCount {
  let [deleted, left] = [0, 0];
  for (const folder of folders) {
    const isOurs = elsewhere === "delete" || isInside(folder, dataDir);
    for (const person of personFoldersIn(folder)) {
      const photographs = photographsIn(person);
      if (isOurs) {
        for (const path of photographs) rmSync(path);
        removeIfEmpty(person);
        deleted += photographs.length;
      } else left += photographs.length;
    }
    if (isOurs) removeIfEmpty(folder);
  }
  return { deleted, left };
}

/** A folder that is gone holds nobody. A link is followed: what it shows is what people were enrolled from. */
function personFoldersIn(folder: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))
    .filter(isFolder);
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function isInside(folder: string, dataDir: string): boolean {
  try {
    return `${realpathSync(folder)}${sep}`.startsWith(`${realpathSync(dataDir)}${sep}`);
  } catch {
    return false;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else lies in there, which is nobody's photograph.
  }
}
