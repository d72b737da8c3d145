import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConsentKey } from "#contract/consent.ts";
import type { WallMs } from "#contract/ids.ts";
import { serviceNames } from "#contract/services.ts";
import type { ConsentBook } from "../views/consent-book.ts";
import type { ConsentDesk } from "./consent-desk.ts";
import type { Speakers } from "./speakers.ts";

export interface WardEndPorts {
  readonly desk: Pick<ConsentDesk, "withdraw">;
  readonly speakers: Pick<Speakers, "mayHaveGuardian">;
  readonly clock: { wall(): WallMs };
  book(): ConsentBook;
}

const peopleOfTurn = 500;

/**
 * Ends what a guardian agreed to for somebody who has none any more by the registry as it stands now: a birth
 * date or a court's day that was put right after the card signed, or a guardianship that was taken away.
 * The end that the card itself signed needs nobody to look.
 */
export async function endForFormerWards(ports: WardEndPorts): Promise<void> {
  const { desk, speakers, clock, book } = ports;
  const consents = book();
  let looked = 0;
  for (const service of serviceNames) {
    for (const person of consents.people(service)) {
      looked += 1;
      if (looked % peopleOfTurn === 0) await nextTurn(); // Boxes get their receipts meanwhile.
      const key: ConsentKey = { service, person };
      const now = clock.wall();
      if (consents.standing(key, now)?.by !== "guardian") continue;
      if (!speakers.mayHaveGuardian(key, now)) await desk.withdraw(key, "registry");
    }
  }
}
