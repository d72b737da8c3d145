import { setImmediate as nextTurn } from "node:timers/promises";
import type { PersonId } from "#contract/ids.ts";
import type { ExactGalleryIndex } from "./exact.ts";

export interface LoadRequest {
  /** Each template belongs to this function, which wipes it. */
  readonly templates: Iterable<{ readonly person: PersonId; readonly template: Float32Array }>;
  /** How many there will be, for the progress. */
  readonly expected: number;
  /** Only these people, where a box serves one school or one tour. */
  readonly only?: ReadonlySet<PersonId>;
  /** Called now and then with the share that is done, 0 to 1, and at the end with 1. */
  progress?(share: number): void;
}

/** Templates between two turns of the event loop: a few milliseconds' worth on a small box. */
const templatesPerTurn = 128;
const turnsPerReport = 32;

/**
 * Fills an index from the sealed gallery without stopping the process: frames, health checks and
 * Ctrl-C are served meanwhile, and a search finds whoever is loaded already. Resolves with the
 * number of templates once searches run at full speed. Rejects with what opening the gallery
 * throws (GALLERY_CORRUPT), or with the signal's reason; the index then holds a part, so close it.
 */
export async function loadIndex(
  index: Pick<ExactGalleryIndex, "add" | "warmUp">,
  { templates, expected, only, progress }: LoadRequest,
  signal: AbortSignal,
): Promise<number> {
  let seen = 0;
  let loaded = 0;
  for (const { person, template } of templates) {
    if (!only || only.has(person)) {
      index.add(person, template);
      loaded += 1;
    }
    template.fill(0);
    seen += 1;
    if (seen % templatesPerTurn !== 0) continue;
    if (seen % (templatesPerTurn * turnsPerReport) === 0) progress?.(Math.min(1, seen / expected));
    await nextTurn();
    signal.throwIfAborted();
  }
  await index.warmUp();
  progress?.(1);
  return loaded;
}
