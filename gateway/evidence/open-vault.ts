import { cardNamesUnder, personOfCardUnder, pseudonymsUnder } from "#contract/pseudonym.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { gatewayFiles } from "../config.ts";
import type { Leaving } from "../consent/forgotten-ends.ts";
import type { Desk } from "../desk/desk.ts";
import type { Family } from "../family/family.ts";
import type { Galleries } from "../gallery/galleries.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { personFiles } from "../persons/open-persons.ts";
import { Sealer } from "../persons/sealer.ts";
import type { Residents } from "../resident/residents.ts";
import { type ForgetToldPorts, forgetTold } from "../shelter/forget-told.ts";
import { EvidenceKeys } from "./evidence-keys.ts";
import { EvidenceVault } from "./evidence-vault.ts";
import { type ForgetPorts, PersonForgetter } from "./forget-person.ts";

/** The evidence beside a gateway's ledger, with the keys in its data folder. */
export function openVault(dataDir: string, ledger: Ledger): EvidenceVault {
  const sealer = new Sealer(secretBytesFile(personFiles(dataDir).key));
  return new EvidenceVault(new EvidenceKeys(gatewayFiles(dataDir).evidenceKeys, sealer), ledger);
}

/** The parts of a gateway that hold something of a person; consents are opened later than others. */
interface Holding extends Pick<ForgetPorts, "cards" | "vault" | "ledger"> {
  readonly persons: ForgetPorts["registry"];
  readonly desk: Pick<Desk, "record">;
  readonly galleries: Pick<Galleries, "file" | "endForForgotten" | "consents">;
  readonly boxLists: Pick<ForgetToldPorts, "details">;
  readonly services: Pick<ForgetToldPorts, "shelters">;
  readonly residents: Pick<Residents, "forget">;
  readonly family: Pick<Family, "forgetGuardian">;
}

/** What forgets people in a gateway's data folder. */
export function openForgetter(
  gateway: Holding,
  { dataDir }: { readonly dataDir: string },
  { clock }: { readonly clock: Clock },
): PersonForgetter {
  const { persons: registry, cards, vault, ledger } = gateway;
  const secret = secretBytesFile(personFiles(dataDir).pseudonyms);
  const endFor: ForgetPorts["endFor"] = async (leaving) => {
    const now = clock.wall();
    const { details } = gateway.boxLists;
    const { shelters } = gateway.services;
    const count = forgetTold(leaving.names, { details, shelters, now });
    const gone = { type: "retention.applied", what: "shelter-details", before: now } as const;
    if (count > 0) await gateway.desk.record({ ...gone, count });
    const accounts = closeAccounts(gateway, leaving);
    return count + accounts + (await gateway.galleries.endForForgotten(leaving));
  };
  return new PersonForgetter({
    ...{ registry, cards, vault, ledger, clock, cardNameOf: cardNamesUnder(secret) },
    ...{ pseudonymOf: pseudonymsUnder(secret), personOfCard: personOfCardUnder(secret) },
    statements: () => gateway.galleries.file,
    endFor,
    consents: () => gateway.galleries.consents,
    record: (body) => gateway.desk.record(body),
  });
}

/** Their own page, and a guardian's: what nobody may open any more is not kept. */
function closeAccounts(
  { persons, residents, family }: Holding,
  { names, id, who }: Leaving,
): number {
  const reference = id && persons.referenceOf(id);
  const asRegistered = reference === undefined ? [] : [{ reference }];
  const guardian = names.map(({ person }) => person);
  return residents.forget([...asRegistered, ...names], who) + family.forgetGuardian(guardian, who);
}
