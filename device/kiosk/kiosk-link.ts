import type { Decision } from "../policy/decide.ts";
import type { Frame } from "../source/frame-source.ts";
import type { CardScreen } from "../step-up/card-desk.ts";
import type { Observation } from "../vision/vision.ts";
import type { FaceBox, KioskMessage } from "./messages.ts";

/** Hands what the appliance sees and decides to the pages that listen. */
export class KioskLink {
  readonly #listeners = new Set<(message: KioskMessage) => void>();

  subscribe(listener: (message: KioskMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(message: KioskMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  faces(faces: readonly Observation[], { image }: Frame): void {
    if (this.#listeners.size === 0) return;
    const boxes = faces.map(
      ({ box, quality }): FaceBox => ({
        x: box.x / image.width,
        y: box.y / image.height,
        width: box.width / image.width,
        height: box.height / image.height,
        reasons: quality.reasons,
      }),
    );
    this.send({ kind: "faces", boxes });
  }

  card(screen: CardScreen): void {
    this.send({ kind: "card", screen });
  }

  /** The name is for the person's own screen; it is set only where somebody was admitted. */
  decided({ outcome, reason }: Decision, greetingName: string | undefined): void {
    const name = greetingName === undefined ? {} : { greetingName };
    this.send({ kind: "decision", outcome, reason, ...name });
  }
}
