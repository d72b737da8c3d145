import type { Health } from "#contract/health.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import type { Evacuee, ShelterSummary } from "#contract/shelter/summary.ts";
import type { ClassSheet } from "../../school/class-sheet.ts";
import type { Activity } from "../../views/activity.ts";
import type { BusBoarding } from "../../views/bus-boarding.ts";

/** What the gateway answers, by address. Types alone: nothing of the gateway's code reaches a browser. */
export interface Device {
  readonly device: string;
  readonly registered: "active" | "revoked";
  readonly addedAt: number;
  /** Null where the broker is not the gateway's own and does not say. */
  readonly connected: boolean | null;
  readonly sequence: number;
  readonly lastHeardAt?: number;
  readonly silent: boolean;
  readonly health?: Health;
}
export interface DevicesAnswer {
  readonly devices: readonly Device[];
}

export interface ViewAnswer<Shown> {
  readonly index: number;
  readonly view: Shown | null;
}
export type ActivityAnswer = ViewAnswer<Activity>;
export type BusAnswer = ViewAnswer<BusBoarding>;

export interface Refused {
  readonly id: number;
  readonly device: string;
  readonly code: string;
  readonly digest: string;
  readonly bytes: number;
  readonly receivedAt: number;
  readonly times: number;
}
export interface QuarantineAnswer {
  readonly refused: readonly Refused[];
}

export type EvacueeLine = Evacuee & { readonly details: PersonDetails | null };
export interface EvacueesAnswer {
  readonly asOf: number;
  readonly shelters: readonly ShelterSummary[];
  readonly silentDevices: readonly { readonly device: string; readonly lastHeardAt?: number }[];
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly EvacueeLine[];
}
export interface DuplicatesAnswer {
  readonly duplicates: readonly {
    readonly persons: readonly [string, string];
    readonly shelters: readonly [string | null, string | null];
    readonly why: string;
    readonly details: readonly (PersonDetails | null)[];
  }[];
}

export interface ClassesAnswer {
  readonly classes: readonly {
    readonly class: string;
    readonly terms: readonly { readonly isCurrent: boolean; readonly pupils: number }[];
  }[];
}
export type SheetAnswer = ClassSheet;
