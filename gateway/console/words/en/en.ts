import type { AbsenceReason, CorrectionReason } from "#contract/bodies/school.ts";
import type { ShelterNeed } from "#contract/bodies/shelter.ts";
import type { Reason } from "#contract/events.ts";
import type { Service } from "#contract/services.ts";
import { acts } from "./acts.ts";
import { desks } from "./desks.ts";
import { terms } from "./terms.ts";
import { texts } from "./texts.ts";

export const words = { ...texts, ...terms, ...acts, ...desks } as const satisfies {
  service: Readonly<Record<Service, string>>;
  reason: Readonly<Record<Reason, string>>;
  need: Readonly<Record<ShelterNeed, string>>;
  absence: Readonly<Record<AbsenceReason, string>>;
  correction: Readonly<Record<CorrectionReason, string>>;
} & Readonly<Record<string, Readonly<Record<string, string>>>>;
