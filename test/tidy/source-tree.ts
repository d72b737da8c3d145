import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Files of ours that it imports, by path from the root; with `as worker` those it starts. */
  readonly imports: readonly string[];
}

/** Everything that git tracks or would track. */
export function trackedFiles(): readonly string[] {
  const options = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", options, { cwd: root, encoding: "utf8" });
  return [...new Set(listed.split("\0"))].filter(
    (path) => path !== "" && existsSync(join(root, path)),
  );
}

const importing =
  /(?:^|\n)\s*(?:import|export)\s(?:[^;"]*?\sfrom\s)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|new URL\(\s*"([^"]+\.tsx?)"/g;

/** Every TypeScript file of ours with what it imports. */
export function sourceFiles(): readonly SourceFile[] {
  return trackedFiles()
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      const imports = [...text.matchAll(importing)]
        .map((match) => match[1] ?? match[2] ?? `./${match[3]}`)
        .map((target) => resolveImport(path, target))
        .filter((target) => target !== undefined);
      return { path, text, imports: [...new Set(imports)] };
    });
}

/** The path of a relative or `#folder/` import; undefined for a package. */
function resolveImport(from: string, target: string): string | undefined {
  if (target.startsWith("#")) return target.slice(1);
  if (target.startsWith(".")) return normalize(join(dirname(from), target));
  return undefined;
}

/** The top-level folder that a path is in. */
export function layerOf(path: string): string {
  return path.split("/")[0] ?? "";
}
