import { join } from "node:path";
import type { CityMapSettings } from "#firmware-config/city-map.ts";
import type { ConsentSettings } from "#firmware-config/consent.ts";
import type { Policy } from "#firmware-config/policy-file.ts";
import type { Retention } from "#firmware-config/retention.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import type { HttpBounds } from "#runtime/http-bounds.ts";
import type { Transport } from "./broker/transport.ts";
import type { MedicalSource } from "./medical/data-source.ts";
import type { SchoolConfig } from "./school/school.ts";
import type { SessionRules } from "./sign-in/sessions.ts";
import type { UnknownCardRule } from "./step-up/card-registry.ts";
import type { StepUpRules } from "./step-up/judge.ts";
import type { PhoneVerifier } from "./step-up/phone-judge.ts";

/** How a gateway is set up. */
export interface GatewayConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  /** What the page's port puts up with; unset, the usual. */
  readonly httpBounds?: HttpBounds | undefined;
  readonly mqtt:
    | {
        readonly kind: "embedded";
        readonly port: number;
        /** With the fleet's certificates (the usual), or plainly on a loopback address. */
        readonly tls: boolean;
      }
    | { readonly kind: "external"; readonly url: string }
    /** Boxes of the same process, without a broker. */
    | { readonly kind: "inside"; readonly transport: Transport };
  readonly fleet: {
    readonly port: number;
    /** Names and addresses under which boxes reach this gateway; none, those that it finds itself. */
    readonly hosts: readonly string[];
    /** Where boxes find a broker that is not embedded. */
    readonly brokerUrl?: string | undefined;
  };
  readonly timeZone: string;
  /** When services end; every box is told. */
  readonly serviceTerms?: ServiceTerms | undefined;
  /** Where boxes stand; stops are the feed's. Throws CONFIG_INVALID at the start. */
  readonly map?: CityMapSettings | undefined;
  /** From which age people sign for themselves; unset, the usual. */
  readonly consent?:
    | Pick<ConsentSettings, "ofAgeYears" | "signature" | "signaturePolicies">
    | undefined;
  /** How long what is not the ledger is kept; unset, the default table. */
  readonly retention?: Retention | undefined;
  /** How guardians are told, and for how long sightings are kept; unset, nobody is told. */
  readonly school?: SchoolConfig | undefined;
  readonly signIn?: {
    /** Where browsers find the pages, when it is not this machine's localhost. */
    readonly publicUrl?: string | undefined;
    /** Unset, half an hour without use and half a day in all. */
    readonly sessions?: SessionRules;
  };
  /** Where the data of a crew's emergency look-up is read from. */
  readonly medicalSource?: MedicalSource | undefined;
  /** What each service asks for and by which rules; what ships where nothing else is said. */
  readonly policy?: Policy | undefined;
  /** The bus operator's GTFS feed, a folder or a zip file. */
  readonly gtfs?: string | undefined;
  /** What verifies phones' signatures; unset, none is believed. */
  readonly phone?: PhoneVerifier | undefined;
  readonly stepUp: StepUpRules & {
    readonly unknownCard: UnknownCardRule;
    /** Anchors, CRLs and OCSP responses; unset, `trust` in the data folder. */
    readonly trustDir?: string | undefined;
  };
}

/** Files of a gateway's data folder. */
export function gatewayFiles(dataDir: string) {
  return {
    key: join(dataDir, "gateway.key"),
    publicKey: join(dataDir, "gateway.pub"),
    deskKey: join(dataDir, "desk.key"),
    authorityKey: join(dataDir, "authority.key"),
    authorityCertificate: join(dataDir, "authority.crt"),
    members: join(dataDir, "members.db"),
    ledger: join(dataDir, "ledger.db"),
    /** Without it nothing that events commit to opens. */
    evidenceKeys: join(dataDir, "evidence-keys.db"),
    devices: join(dataDir, "devices.db"),
    quarantine: join(dataDir, "quarantine.db"),
    nonces: join(dataDir, "nonces.db"),
    cards: join(dataDir, "cards.db"),
    galleries: join(dataDir, "galleries.db"),
    rotation: join(dataDir, "keys", "rotation.key"),
    /** Opens what boxes seal to this gateway and to nobody else. */
    sealedTo: join(dataDir, "keys", "sealed-to.key"),
    staff: join(dataDir, "staff.db"),
    family: join(dataDir, "family.db"),
    residents: join(dataDir, "residents.db"),
    shelterDetails: join(dataDir, "shelter-details.db"),
    shelterKey: join(dataDir, "shelter-details.key"),
    handovers: join(dataDir, "handovers.db"),
    handoverKey: join(dataDir, "handover.key"),
    policies: join(dataDir, "policies.db"),
    trust: join(dataDir, "trust"),
  };
}
