import { join } from "node:path";
import { expect, test } from "vitest";
import type { Digest, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { CardRegistry } from "#gateway/step-up/card-registry.ts";
import { temporaryFolder } from "./gateway-under-test.ts";

const at = 1_790_000_000_000 as WallMs;
const card = { issuerKey: "A".repeat(43) as Digest, serial: "01" };
const name = (of: string) => of.padEnd(22, "A") as Pseudonym;

/** Hana and Ren are in the registry of people; nobody else is. */
function registered(_: Service, person: Pseudonym): PersonId | undefined {
  if (person.startsWith("hana")) return "P-HANA" as PersonId;
  return person.startsWith("ren") ? ("P-REN" as PersonId) : undefined;
}

test.each([
  { who: "its owner, whom the service has not met", person: "hanaTaxi", flaw: undefined },
  { who: "somebody else of the registry", person: "renTaxi", flaw: "CARD_OTHER_PERSON" },
  { who: "somebody of whom nothing is registered", person: "guest", flaw: undefined },
])("a card that is Hana's own proves for $who: $flaw", ({ person, flaw }) => {
  using folder = temporaryFolder();
  using cards = new CardRegistry(join(folder.path, "cards.db"), "link", registered);
  const met = { card, service: "bus.boarding", person: name("hanaBus"), at } as const;
  cards.keep({ ...met, expiresAt: at });
  const asked = { card, service: "taxi.subsidised-ride", person: name(person), at } as const;
  expect(cards.flawOf(asked)).toBe(flaw);
  // A card whose owner nobody has registered may be anybody's of the registry.
  using strangers = new CardRegistry(join(folder.path, "others.db"), "link", registered);
  strangers.keep({ ...met, person: name("guestBus"), expiresAt: at });
  expect(strangers.flawOf(asked)).toBeUndefined();
});
