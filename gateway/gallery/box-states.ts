import { GalleryState } from "#contract/gallery-state.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { GalleryBook } from "../views/gallery-book.ts";
import type { GalleriesFile } from "./galleries-file.ts";

/** Which state of its gallery a box holds, as far as it has said. */
export interface BoxState {
  readonly device: DeviceId;
  readonly service: Service;
  /** "in-step": what the box says that it holds is what its signed statements add up to. */
  readonly state: "in-step" | "behind" | "differs" | "silent";
  readonly rows: number;
  readonly digest: string;
  readonly orders: { readonly made: number; readonly followed: number };
  readonly rotation: string | null;
  readonly confirmedAt: WallMs | null;
}

/** Every box that has a key for galleries. No template is looked at: names and random versions are enough. */
export function boxStates(
  file: Pick<GalleriesFile, "keys" | "progress">,
  book: GalleryBook,
  saidBy: (device: DeviceId) => Health["gallery"],
): readonly BoxState[] {
  return file.keys.map(({ device, service }) => {
    const expected = GalleryState.of(book.rowsOf(device));
    const { last, followed } = file.progress(device);
    const said = saidBy(device);
    const isSame = said?.state === expected.digest;
    const state = !said ? "silent" : followed < last ? "behind" : isSame ? "in-step" : "differs";
    return {
      ...{ device, service, state, rows: expected.rows, digest: expected.digest },
      orders: { made: last, followed },
      rotation: said?.rotation ?? null,
      confirmedAt: said?.confirmedAt ?? null,
    };
  });
}
