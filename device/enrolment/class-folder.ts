import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { checkedName, type PersonFolder, photographsIn } from "./photo-folder.ts";

/**
 * The pictures of a class: a folder for each child, or one picture for each, named after them (a number
 * after the name, as in "Aoi 2.jpg", is another picture of the same child). Throws SOURCE_NOT_FOUND,
 * SOURCE_EMPTY and NAME_INVALID.
 */
export function readClassFolder(folder: string): readonly PersonFolder[] {
  const children = new Map<string, string[]>();
  const add = (name: string, paths: readonly string[]) => {
    const checked = checkedName(name);
    children.set(checked, [...(children.get(checked) ?? []), ...paths]);
  };
  const single = photographsIn(folder);
  for (const entry of foldersIn(folder)) add(entry.name, photographsIn(join(folder, entry.name)));
  for (const path of single) {
    add(basename(path, extname(path)).replace(/[\s_-]+\d+$/u, ""), [path]);
  }
  if (children.size > 0) {
    return [...children].map(([name, photographs]) => ({ name, photographs: photographs.sort() }));
  }
  throw new TeburaError("SOURCE_EMPTY", `there is no picture in ${folder}`);
}

/** A child whose guardian has agreed, and until which day (YYYY-MM-DD), where that was said. */
export interface ConsentedChild {
  readonly name: string;
  readonly until: string | undefined;
  /** Why it does not count now, where a card signed it. */
  readonly problem?: "CONSENT_ENDED" | "CONSENT_PENDING" | undefined;
}

/**
 * Whose guardians have agreed: a text file with a name on each line, and after a comma the last day of the
 * consent. Throws SOURCE_NOT_FOUND, SOURCE_EMPTY, NAME_INVALID, and CONFIG_INVALID for what is no day.
 */
export function readConsentedChildren(path: string): readonly ConsentedChild[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read the consents in ${path}`, { cause });
  }
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const children = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const [name = "", day] = line.split(",");
    const until = day?.trim() || undefined;
    if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(until)) {
      throw new TeburaError("CONFIG_INVALID", `line ${index + 1} of ${path}: a day is YYYY-MM-DD`);
    }
    return [{ name: checkedName(name), until }];
  });
  if (children.length > 0) return children;
  throw new TeburaError("SOURCE_EMPTY", `there is no name in ${path}`);
}

function foldersIn(folder: string): readonly Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
}
