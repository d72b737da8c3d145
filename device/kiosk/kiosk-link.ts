import type { Alternative } from "#firmware-config/policy-alternative.ts";
import { coveringOf } from "../enrolment/covering.ts";
import type { Decision } from "../policy/decision.ts";
import type { Frame } from "../source/frame-source.ts";
import type { CardScreen } from "../step-up/card-desk.ts";
import type { Observation } from "../vision/vision.ts";
import type { FaceBox, KioskMessage, PictureTaker } from "./messages.ts";
import { packPicture } from "./picture.ts";

/** What goes to the screen beside a decision. */
export interface Greeting {
  /** The person's name; set only where somebody was admitted and the policy lets it be shown. */
  readonly name?: string | undefined;
  /** Whether the policy lets the name be spoken as well. */
  readonly isSpoken?: boolean | undefined;
  readonly alternative?: Alternative | undefined;
}

/** Hands what the appliance sees and decides to the pages that listen. */
export class KioskLink {
  readonly #listeners = new Map<(message: KioskMessage) => void, PictureTaker | undefined>();
  /** Pictures that a page did not get because it had not shown the one before. */
  picturesSkipped = 0;

  subscribe(listener: (message: KioskMessage) => void, pictures?: PictureTaker): () => void {
    this.#listeners.set(listener, pictures);
    return () => this.#listeners.delete(listener);
  }

  send(message: KioskMessage): void {
    for (const listener of this.#listeners.keys()) listener(message);
  }

  /** The faces of a frame, and the frame itself for whoever shows the box's camera. */
  faces(faces: readonly Observation[], { image }: Frame): void {
    if (this.#listeners.size === 0) return;
    const boxes = faces.map(
      ({ box, quality, landmarks }): FaceBox => ({
        x: box.x / image.width,
        y: box.y / image.height,
        width: box.width / image.width,
        height: box.height / image.height,
        reasons: quality.reasons,
        ...(coveringOf(image, landmarks) === undefined ? {} : { isCovered: true }),
      }),
    );
    this.send({ kind: "faces", boxes });
    const takers = [...this.#listeners.values()].filter((taker) => taker !== undefined);
    const wanting = takers.filter(({ wantsOne }) => wantsOne);
    this.picturesSkipped += takers.length - wanting.length;
    if (wanting.length === 0) return;
    const picture = packPicture(image);
    for (const taker of wanting) taker.take(picture);
  }

  card(screen: CardScreen): void {
    this.send({ kind: "card", screen });
  }

  decided({ outcome, reason }: Decision, { name, isSpoken, alternative }: Greeting = {}): void {
    this.send({
      kind: "decision",
      outcome,
      reason,
      ...(name === undefined ? {} : { greetingName: name }),
      ...(name !== undefined && isSpoken ? { speakName: true } : {}),
      ...(alternative ? { alternative } : {}),
    });
  }
}
