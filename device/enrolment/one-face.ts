import { TeburaError } from "#contract/errors.ts";
import type { Box } from "#models/image.ts";

/**
 * A bystander in the background does not make a photograph ambiguous: the largest face is taken when
 * its area is at least this many times the next one's,
 */
const dominanceMin = 2.5;
/** or this many times, where it stands in the middle of the picture and no other does. */
const centredDominanceMin = 1.3;

/**
 * The one face that a photograph for enrolment is of. `where` names the photograph in the message.
 * Throws FACE_NOT_FOUND, or FACE_AMBIGUOUS when two faces are of similar size.
 */
export function theOneFace<T extends { readonly box: Box }>(
  faces: readonly T[],
  where: string,
  picture?: { readonly width: number; readonly height: number },
): T {
  const area = ({ box }: T) => box.width * box.height;
  const [largest, second] = faces.toSorted((a, b) => area(b) - area(a));
  if (!largest) {
    throw new TeburaError(
      "FACE_NOT_FOUND",
      `there is no face in ${where}; use a photograph that shows one face from the front`,
    );
  }
  const inMiddle = picture ? faces.filter(({ box }) => holdsMiddle(box, picture)) : [];
  const isCentred = inMiddle.length === 1 && inMiddle[0] === largest;
  const lead = isCentred ? centredDominanceMin : dominanceMin;
  if (second && area(largest) < lead * area(second)) {
    throw new TeburaError(
      "FACE_AMBIGUOUS",
      `there is more than one face in ${where}; crop it to the person to enrol`,
    );
  }
  return largest;
}

function holdsMiddle(box: Box, { width, height }: { width: number; height: number }): boolean {
  const [x, y] = [width / 2, height / 2];
  return box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height;
}
