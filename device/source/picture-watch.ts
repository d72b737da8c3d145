import type { MonotonicMs } from "#contract/ids.ts";
import type { RgbImage } from "#models/image.ts";
import type { SourceState } from "./frame-source.ts";

type Verdict = Extract<SourceState, "streaming" | "frozen" | "dark" | "covered">;

const gridCells = 24;
/** Mean brightness, 0 to 255, below which a picture is dark. */
const darkBelow = 12;
/** Spread of brightness below which something lies on the lens: a wall has more. */
const flatBelow = 4;
/** A camera's noise changes every picture; exactly the same samples mean that it hangs. */
const frozenAfterMs = 3_000;
/** A verdict must hold for so long before it is believed, so that a passing hand is no event. */
const believedAfterMs = 2_000;

/** Judges the pictures of a live camera from a few hundred samples of each. Pure but for its memory. */
export class PictureWatch {
  #samples: Uint8Array | undefined;
  #sameSince: MonotonicMs | undefined;
  #candidate: Verdict = "streaming";
  #candidateSince: MonotonicMs | undefined;
  #believed: Verdict = "streaming";

  /** Takes the next picture in, and returns what is believed of the camera now. */
  judge(image: RgbImage, at: MonotonicMs): Verdict {
    const samples = sample(image);
    const isSame = this.#samples !== undefined && equal(samples, this.#samples);
    this.#samples = samples;
    if (!isSame) this.#sameSince = at;
    const frozen = at - (this.#sameSince ?? at) >= frozenAfterMs;
    const verdict = frozen ? "frozen" : verdictOn(samples);
    if (verdict !== this.#candidate || this.#candidateSince === undefined) {
      this.#candidate = verdict;
      this.#candidateSince = at;
    }
    // Frozen has waited long enough already.
    if (frozen || at - this.#candidateSince >= believedAfterMs) this.#believed = verdict;
    return this.#believed;
  }
}

function verdictOn(samples: Uint8Array): Verdict {
  let [sum, squares] = [0, 0];
  for (const value of samples) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / samples.length;
  const spread = Math.sqrt(Math.max(0, squares / samples.length - mean * mean));
  if (mean < darkBelow) return "dark";
  return spread < flatBelow ? "covered" : "streaming";
}

/** Green of a grid of pixels: close enough to brightness, and one byte each. */
function sample({ width, height, data }: RgbImage): Uint8Array {
  const samples = new Uint8Array(gridCells * gridCells);
  for (let row = 0; row < gridCells; row++) {
    const y = Math.floor(((row + 0.5) * height) / gridCells);
    for (let column = 0; column < gridCells; column++) {
      const x = Math.floor(((column + 0.5) * width) / gridCells);
      samples[row * gridCells + column] = data[(y * width + x) * 3 + 1]!;
    }
  }
  return samples;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((value, i) => value === b[i]);
}
