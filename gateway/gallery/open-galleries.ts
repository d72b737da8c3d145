import type { KeyObject } from "node:crypto";
import { personOfCardUnder, pseudonymsUnder } from "#contract/pseudonym.ts";
import { consentSettingsSchema } from "#firmware-config/consent.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import type { Transport } from "../broker/transport.ts";
import type { GatewayConfig } from "../config.ts";
import type { Desk } from "../desk/desk.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { personFiles } from "../persons/open-persons.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { DeviceStatus } from "../registry/device-status.ts";
import type { CardRegistry } from "../step-up/card-registry.ts";
import type { KeptViews } from "../views/kept-views.ts";
import { Galleries } from "./galleries.ts";

/** Consents and galleries over a gateway's own parts. Throws what its files throw. */
export function openGalleries(
  {
    cards,
    persons,
    ledger,
    devices,
    desk,
  }: {
    readonly cards: CardRegistry;
    readonly persons: PersonRegistry;
    readonly ledger: Ledger;
    readonly devices: DeviceRegistry;
    readonly desk: Pick<Desk, "record">;
  },
  inside: {
    readonly config: Pick<GatewayConfig, "dataDir" | "stepUp" | "timeZone" | "consent">;
    readonly ports: { readonly clock: Clock; readonly log: Log };
    readonly privateKey: KeyObject;
    readonly status: DeviceStatus;
    readonly views: Pick<KeptViews, "current">;
    readonly transport: Pick<Transport, "send">;
  },
): Galleries {
  const { config, ports, privateKey, status, views, transport } = inside;
  const { timeZone, consent = consentSettingsSchema.parse({}) } = config;
  const secret = secretBytesFile(personFiles(config.dataDir).pseudonyms);
  return new Galleries({
    ...{ ...ports, privateKey, status, ledger, devices },
    speakers: {
      ...{ cards, registry: persons, pseudonymOf: pseudonymsUnder(secret) },
      personOfCard: personOfCardUnder(secret),
      rules: { ofAgeYears: consent.ofAgeYears, timeZone },
    },
    ...{ dataDir: config.dataDir, stepUp: config.stepUp, consent },
    views: () => views.current,
    send: (device, sealed) => transport.send(device, "gallery", sealed),
    record: (body) => desk.record(body),
  });
}
