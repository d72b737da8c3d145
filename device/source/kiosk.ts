import type { MonotonicMs } from "#contract/ids.ts";
import { LatestSlot } from "#runtime/latest-slot.ts";
import type { Log } from "#runtime/log.ts";
import type { Frame, FrameSource, SourceState } from "./frame-source.ts";
import { PictureWatch } from "./picture-watch.ts";
import { decodeImage } from "./read-image.ts";
import { StateBoard } from "./source-state.ts";

/** One picture of the page's camera; more than a 1080p JPEG of good quality is no camera frame. */
const jpegBytesMax = 2 * 1_024 * 1_024;
const sidePxMax = 1_920;
/** A page that is open but sends nothing for so long has no camera any more. */
const silentAfterMs = 3_000;

/** Frames from the kiosk page's camera, as JPEG over its WebSocket. The newest wins. */
export class KioskSource implements FrameSource {
  readonly kind = "kiosk";
  readonly live = true;
  readonly #slot = new LatestSlot<Uint8Array>();
  readonly #board = new StateBoard();
  readonly #ports: { monotonic(): MonotonicMs; log: Log };
  #watch = new PictureWatch();
  #index = 0;
  #silence: NodeJS.Timeout | undefined;
  refusedCount = 0;

  constructor(ports: { monotonic(): MonotonicMs; log: Log }) {
    this.#ports = ports;
    this.#board.set("lost"); // Until a page sends its first picture.
  }

  get state(): SourceState {
    return this.#board.state;
  }

  get droppedCount(): number {
    return this.#slot.droppedCount;
  }

  /** Takes a JPEG from the page. Oversized ones are counted and dropped. */
  push(jpeg: Uint8Array): void {
    if (jpeg.length > jpegBytesMax) {
      this.refusedCount += 1;
      return;
    }
    this.#slot.put(jpeg);
    this.#silence?.refresh();
    this.#silence ??= setTimeout(() => this.pageLeft(), silentAfterMs).unref();
  }

  /** The page has closed, or lost its camera. */
  pageLeft(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#watch = new PictureWatch();
    this.#board.set("lost");
  }

  async *frames(signal: AbortSignal): AsyncIterable<Frame> {
    const close = () => this.#slot.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    for (;;) {
      const jpeg = await this.#slot.next();
      if (!jpeg || signal.aborted) return;
      const start = this.#ports.monotonic();
      const image = await decodeImage(jpeg, "a picture from the kiosk page", sidePxMax).catch(
        () => undefined,
      );
      if (!image) {
        this.refusedCount += 1;
        this.#ports.log("source.image-refused", { code: "IMAGE_UNREADABLE", source: "kiosk" });
        continue;
      }
      const capturedAt = this.#ports.monotonic();
      this.#board.set(this.#watch.judge(image, capturedAt));
      yield { image, index: this.#index++, capturedAt, decodeMs: capturedAt - start, scene: 0 };
    }
  }

  onState(listener: (state: SourceState) => void): () => void {
    return this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#silence);
    this.#slot.close();
  }
}
