import { cardNamesUnder } from "#contract/pseudonym.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { type GatewayConfig, gatewayFiles } from "../config.ts";
import { personFiles } from "../persons/open-persons.ts";
import type { CardRegistry } from "./card-registry.ts";
import { StepUpJudge } from "./judge.ts";
import type { NonceLeases } from "./nonce-leases.ts";

/** The judge of a gateway's step-ups, with the anchors and lists that its settings name. */
export function openJudge(
  { stepUp, dataDir, phone }: Pick<GatewayConfig, "stepUp" | "dataDir" | "phone">,
  ports: { readonly clock: Clock; readonly log: Log },
  known: { readonly nonces: NonceLeases; readonly cards: CardRegistry },
): StepUpJudge {
  const { trustDir, ...rules } = stepUp;
  const folder = new TrustFolder(trustDir ?? gatewayFiles(dataDir).trust, ports);
  const { clock } = ports;
  return new StepUpJudge({
    ...{ rules, phone, ...known },
    cardNameOf: cardNamesUnder(secretBytesFile(personFiles(dataDir).pseudonyms)),
    trust: () => folder.trust,
    wall: () => clock.wall(),
  });
}
