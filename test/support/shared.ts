import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Test data that stands beside a developer's checkout and on no user's machine. Returns the path,
 * or undefined where it is missing; a test then skips and says which part it needs.
 */
export function sharedPath(part: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${part}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/** The title of a test that is skipped for want of shared data. */
export function needsShared(title: string, part: string): string {
  return sharedPath(part) ? title : `${title} (skipped: needs ../shared/${part})`;
}
