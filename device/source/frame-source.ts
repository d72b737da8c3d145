import type { MonotonicMs } from "#contract/ids.ts";
import type { RgbImage } from "#models/image.ts";

/** One picture from a source. Never stored, never logged. */
export interface Frame {
  readonly image: RgbImage;
  /** Counts from 0 within the source. */
  readonly index: number;
  readonly capturedAt: MonotonicMs;
  /** How long decoding took, where the source knows. */
  readonly decodeMs: number;
  /** Groups frames that may belong to one track: stills of different files never do. */
  readonly scene: number;
}

export type SourceKind = "images" | "video" | "camera" | "kiosk";
export type SourceState = "streaming" | "lost" | "frozen" | "dark" | "covered" | "ended";

/**
 * Where frames come from. A live source keeps the newest frame only and counts what it dropped; a
 * file is read frame by frame as fast as the reader takes them.
 */
export interface FrameSource extends AsyncDisposable {
  readonly kind: SourceKind;
  readonly live: boolean;
  /** Ends when the source ends, throws a TeburaError when it cannot go on, stops on `signal`. */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
  readonly state: SourceState;
  readonly droppedCount: number;
  /** Called on every change of state. Returns how to stop listening. */
  onState(listener: (state: SourceState) => void): () => void;
}
