import { TeburaError } from "#contract/errors.ts";
import type { CardReaders } from "#device/card/card.ts";
import type { CardPorts } from "#device/step-up/open-desk.ts";

/** The card readers of a box, and the trial card where one was asked for. */
export interface CardParts extends Omit<CardPorts, "prompt"> {
  readonly virtual?: {
    readonly place: "down" | "away";
    move(place: "down" | "away"): void;
  };
}

/** A box that no reader is plugged into: it runs, and says so in its health. */
const noReaders: CardReaders = {
  names: [],
  isVirtual: false,
  onCard: () => () => undefined,
  async [Symbol.asyncDispose]() {},
};

export async function openCards(): Promise<CardParts> {
  return {
    readers: noReaders,
    openCard: async () => {
      throw new TeburaError("CARD_READER_MISSING", "this box has no card reader");
    },
  };
}
