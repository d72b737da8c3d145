import { entry } from "#contract/maps.ts";
import { inOrder, type NoteFact, nameOf, type TapFact } from "./facts.ts";

/** A note about a tap is made on the spot, or by a clerk on the same day. */
export const noteAgeMsMax = 12 * 3_600_000;

type Body<Type> = Extract<NoteFact["body"], { type: Type }>;

/** What was said about taps after they happened: which way somebody went, and with whom. */
export class Notes {
  readonly #byTap = new Map<string, NoteFact[]>();

  take(fact: NoteFact): void {
    const { body, device } = fact;
    const meant = body.type === "bus.passed" ? { device, sequence: body.decision } : body.boarding;
    const notes = entry(this.#byTap, nameOf(meant), () => []);
    notes.push(fact);
    notes.sort(inOrder);
  }

  /** The last word about a tap, of one kind. */
  about<Type extends NoteFact["body"]["type"]>(tap: TapFact, type: Type): Body<Type> | undefined {
    const isOfType = (body: NoteFact["body"]): body is Body<Type> => body.type === type;
    const bodies = (this.#byTap.get(nameOf(tap)) ?? [])
      .filter(({ at }) => Math.abs(at - tap.at) <= noteAgeMsMax)
      .map(({ body }) => body)
      .filter(isOfType);
    return bodies.at(-1);
  }
}
