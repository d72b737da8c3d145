import { cardNamesUnder, personOfCardUnder, pseudonymsUnder } from "#contract/pseudonym.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { gatewayFiles } from "../config.ts";
import type { Desk } from "../desk/desk.ts";
import type { Galleries } from "../gallery/galleries.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { personFiles } from "../persons/open-persons.ts";
import { Sealer } from "../persons/sealer.ts";
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
}

/** What forgets people in a gateway's data folder. */
export function openForgetter(
  gateway: Holding,
  { dataDir }: { readonly dataDir: string },
  { clock }: { readonly clock: Clock },
): PersonForgetter {
  const { persons: registry, cards, vault, ledger } = gateway;
  const secret = secretBytesFile(personFiles(dataDir).pseudonyms);
  return new PersonForgetter({
    ...{ registry, cards, vault, ledger, clock, cardNameOf: cardNamesUnder(secret) },
    ...{ pseudonymOf: pseudonymsUnder(secret), personOfCard: personOfCardUnder(secret) },
    statements: () => gateway.galleries.file,
    endFor: async (leaving) => await gateway.galleries.endForForgotten(leaving),
    consents: () => gateway.galleries.consents,
    record: (body) => gateway.desk.record(body),
  });
}
