import { TeburaError } from "#contract/errors.ts";
import type { Box } from "#models/image.ts";

/**
 * A bystander in the background does not make a photograph ambiguous: the largest face is taken
 * when its area is at least this many times the next one's.
 */
const dominanceMin = 2.5;

/**
 * The one face that a photograph for enrolment is of. `where` names the photograph in the message.
 * Throws FACE_NOT_FOUND, or FACE_AMBIGUOUS when two faces are of similar size.
 */
export function theOneFace<T extends { readonly box: Box }>(faces: readonly T[], where: string): T {
  const area = ({ box }: T) => box.width * box.height;
  const [largest, second] = faces.toSorted((a, b) => area(b) - area(a));
  if (!largest) {
    throw new TeburaError(
      "FACE_NOT_FOUND",
      `there is no face in ${where}; use a photograph that shows one face from the front`,
    );
  }
  if (second && area(largest) < dominanceMin * area(second)) {
    throw new TeburaError(
      "FACE_AMBIGUOUS",
      `there is more than one face in ${where}; crop it to the person to enrol`,
    );
  }
  return largest;
}
