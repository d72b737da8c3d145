// What something was built of, as a stamp beside it: it is built anew once that is another.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The stamp of these files, of the packages, and of what else counts. */
export function stampOf(paths, more = "") {
  const hash = createHash("sha256").update(more);
  for (const path of [...paths, join(root, "package-lock.json")])
    hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 32);
}

/** The stamp that lies in a folder of what was built; undefined for none. */
export function stampIn(folder) {
  const path = join(folder, "stamp");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Every file below a folder, in one order everywhere; none where there is no folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
