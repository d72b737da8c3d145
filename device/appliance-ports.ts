import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Service } from "#contract/services.ts";
import type { ConsentSettings } from "#firmware-config/consent.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import type { CalibrationRow, LeadRow } from "#models/calibration.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { ServicesConfig } from "./duty/box-services.ts";
import type { Membership } from "./fleet/membership.ts";
import type { HostProbe } from "./governor/governor.ts";
import type { DeviceIdentity } from "./identity/identity.ts";
import type { Decision } from "./policy/decision.ts";
import type { PolicyShelf } from "./policy/policy-shelf.ts";
import type { Frame, FrameSource } from "./source/frame-source.ts";
import type { CardPorts, TrustSettings } from "./step-up/open-desk.ts";
import type { PhoneVerifier } from "./till/phone-verifier.ts";
import type { Observation, Vision } from "./vision/vision.ts";

/** How an appliance is set up. */
export interface ApplianceConfig {
  readonly dataDir: string;
  readonly service: Service;
  /** Read for each decision: it may change while the box runs. */
  readonly policy: ServicePolicy;
  readonly mqttUrl: string;
  readonly gatewayKey: KeyObject;
  /** The fleet that the box has joined; without one it speaks to a broker plainly. */
  readonly membership?: Membership | undefined;
  readonly calibration: readonly CalibrationRow[];
  readonly leads: readonly LeadRow[];
  /** How people agree to be enrolled here; left out, as in a trial. */
  readonly consent?: ConsentSettings | undefined;
  /** Whether people may enrol here by themselves with their card; it then serves them without a face too. */
  readonly cardsSpeak?: boolean | undefined;
  /** What a card must be to count here; anchors and lists are read from the folder. */
  readonly cardTrust: Omit<TrustSettings, "trustDir"> & { readonly trustDir?: string | undefined };
  /** A live box reports its start and its camera's troubles; a batch over files only decisions. */
  readonly reportsItself: boolean;
  /** Where the box stands, and when its service ends. */
  readonly services?: ServicesConfig | undefined;
}

/** What the world outside gives to an appliance. */
export interface AppliancePorts {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  random(): number;
  readonly identity: DeviceIdentity;
  readonly vision: Vision;
  readonly source: FrameSource;
  /** What the box's own clock is worth. */
  clockQuality(): "unsynced" | "synced";
  /** Called for every frame; its pixels are free again when this resolves. */
  onFrame(faces: readonly Observation[], frame: Frame): Promise<void>;
  /** `instead` is what the policy offers to somebody who cannot give what was asked. */
  onDecision(decision: Decision, instead?: Alternative): void;
  /** The gateway's signed policy tables; left out where the box goes by what it was set up with. */
  readonly policies?: PolicyShelf;
  /** The machine's own sensors; left out for a batch over files. */
  readonly hostProbe?: HostProbe;
  /** What verifies phones' signatures; left out where nothing does, and such a method is not available. */
  readonly phone?: PhoneVerifier;
  /** The card reader and who stands before it; left out where nobody can put a card down. */
  readonly cards?: CardPorts;
}

/** Where a box keeps what. */
export function deviceFiles(dataDir: string) {
  return {
    gallery: join(dataDir, "gallery.db"),
    backup: join(dataDir, "gallery.backup.db"),
    outbox: join(dataDir, "outbox.db"),
    policy: join(dataDir, "policy.jws"),
    unrecorded: join(dataDir, "unrecorded"),
    nonces: join(dataDir, "nonces.db"),
    trust: join(dataDir, "trust"),
  };
}
