import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { ZipFile } from "./zip-file.ts";

/** A file of a feed, unpacked: the timetable of a large operator has some tens of MiB. */
const fileBytesMax = 512 * 1_024 * 1_024;

/**
 * The files of a GTFS feed by their names, in a folder or a zip file. Throws CONFIG_INVALID where there is
 * neither; what it gives throws the same for a file that is not there.
 */
export function feedFiles(path: string): (name: string) => string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw unreadable(path);
  return found.isDirectory() ? (name) => fileIn(path, name) : zipped(path);
}

function fileIn(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (cause) {
    throw unreadable(join(folder, name), cause);
  }
}

/** GTFS wants the files at the zip's root; a folder around them is what people send all the same. */
function zipped(path: string): (name: string) => string {
  let zip: ZipFile;
  try {
    zip = new ZipFile(readFileSync(path));
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return (name) => {
    const found = zip.names.find((one) => one === name || one.endsWith(`/${name}`));
    try {
      const bytes = found === undefined ? undefined : zip.read(found, fileBytesMax);
      if (bytes) return bytes.toString("utf8");
    } catch (cause) {
      throw unreadable(`${name} in ${path}`, cause);
    }
    throw unreadable(`${name} in ${path}`);
  };
}

function unreadable(what: string, cause?: unknown): TeburaError {
  return new TeburaError("CONFIG_INVALID", `cannot read ${what}`, { cause });
}
