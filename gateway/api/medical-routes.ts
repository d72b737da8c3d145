import type { Hono } from "hono";
import * as z from "zod";
import { type EventRef, eventRefSchema } from "#contract/bodies/event-ref.ts";
import {
  consentGivenSchema,
  crewAdmittedSchema,
  crewDismissedSchema,
  type DataCategory,
  dataCategorySchema,
  emergencyOpenedSchema,
  emergencyShownSchema,
  noticeGivenSchema,
  receivedByHandSchema,
  visitEndedSchema,
} from "#contract/bodies/medical.ts";
import { placeIdSchema } from "#contract/bodies/places.ts";
import { csvOf } from "#contract/export/csv.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { type Pseudonym, pseudonymSchema } from "#contract/ids.ts";
import type { EmergencyDesk } from "../medical/emergency-desk.ts";
import type { ReceptionDesk } from "../medical/reception-desk.ts";
import type { EmergencyView } from "../views/medical-emergency.ts";
import { clinicOf, type MedicalQueue } from "../views/medical-queue.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes, type ReadWriteGuards } from "./desk-routes.ts";

export interface MedicalRoutePorts extends DeskRoutePorts {
  readonly reception: ReceptionDesk;
  readonly emergency: EmergencyDesk;
  /** Whoever opens look-ups: a key of the rescue service's own. */
  readonly crewGuard: ReadWriteGuards["write"];
  readonly timeZone: string;
  /** What the views `medical.reception` and `medical.emergency` show now. */
  queue(): MedicalQueue;
  emergencies(): EmergencyView;
  /** Where the data is: a hospital's or the insurer's system. It is passed on, and kept nowhere here. */
  read(subject: Pseudonym, categories: readonly DataCategory[]): Promise<unknown>;
}

const visitSchema = visitEndedSchema.pick({ visit: true });
const consentSchema = z.strictObject({ consent: eventRefSchema });
const lookSchema = z.strictObject({
  person: pseudonymSchema,
  clinic: placeIdSchema,
  category: dataCategorySchema,
});
const openSchema = emergencyOpenedSchema.pick({ subject: true, reason: true, crew: true });
const noType = { type: true } as const;

/** A clinic's reception and its consents, who may look up as crew, and the look-ups of crews. */
export function createMedicalRoutes(ports: MedicalRoutePorts): Hono<Authorised> {
  const { guards, crewGuard } = ports;
  const routes = new DeskRoutes({ guards });
  addReception(routes, ports);
  addCrews(routes, ports);
  // What a crew's tablet may do, and nothing else of a clinic.
  const crews = new DeskRoutes({ guards: { read: crewGuard, write: crewGuard } });
  addEmergencies(crews, ports);
  return routes.app.route("/", crews.app);
}

function addReception(routes: DeskRoutes, { reception, queue, timeZone }: MedicalRoutePorts) {
  const there = routes.at(({ clinic }: { readonly clinic: string }) => clinic);
  const own = routes.at(({ visit }: { readonly visit: EventRef }) => clinicOf(queue(), visit));
  const receiveSchema = receivedByHandSchema.omit(noType);
  there.post("/api/medical/receptions", receiveSchema, (asked) => reception.receive(asked));
  own.post("/api/medical/calls", visitSchema, ({ visit }) => reception.call(visit));
  own.post("/api/medical/visit-ends", visitEndedSchema.omit(noType), ({ visit, how }) =>
    reception.end(visit, how),
  );
  const giveSchema = consentGivenSchema.omit(noType);
  routes.post("/api/medical/consents", giveSchema, (asked) => reception.consent(asked));
  routes.post("/api/medical/consents/withdraw", consentSchema, ({ consent }) =>
    reception.withdraw(consent),
  );
  routes.post(
    "/api/medical/consents/check",
    lookSchema,
    (asked) => ({ ok: true, mayLook: reception.mayLook(asked) }),
    "read",
  );
  const daySchema = z.strictObject({ clinic: placeIdSchema, day: z.iso.date() });
  there.csv("/api/medical/queue.csv", daySchema, ({ clinic, day }) => ({
    name: `queue-${clinic}-${day}.csv`,
    text: queueCsv(queue(), { clinic, day }, timeZone),
  }));
}

function addCrews(routes: DeskRoutes, ports: MedicalRoutePorts) {
  const { emergency, emergencies, timeZone } = ports;
  const admitSchema = crewAdmittedSchema.omit(noType);
  routes.post("/api/medical/crew", admitSchema, ({ crew, until }) =>
    emergency.admitCrew(crew, until),
  );
  routes.post("/api/medical/crew/dismiss", crewDismissedSchema.omit(noType), ({ crew }) =>
    emergency.dismissCrew(crew),
  );
  const tellSchema = noticeGivenSchema.omit(noType);
  routes.post("/api/medical/notices", tellSchema, (asked) => emergency.tell(asked));
  routes.csv("/api/medical/notices-owed.csv", z.strictObject({}), () => ({
    name: "notices-owed.csv",
    text: noticesCsv(emergencies(), timeZone),
  }));
}

function addEmergencies(routes: DeskRoutes, { emergency, read }: MedicalRoutePorts) {
  routes.post("/api/medical/emergencies", openSchema, (asked) => emergency.open(asked));
  const showSchema = emergencyShownSchema.omit(noType);
  routes.post("/api/medical/emergencies/show", showSchema, ({ lookup, categories }) =>
    emergency.show(lookup, categories, read),
  );
}

function queueCsv(
  { days }: MedicalQueue,
  asked: { readonly clinic: string; readonly day: string },
  timeZone: string,
): string {
  const time = localTimeIn(timeZone);
  const clinics = days.find(({ day }) => day === asked.day)?.clinics ?? [];
  const visits = clinics.find(({ clinic }) => clinic === asked.clinic)?.visits ?? [];
  const rows = visits.map(({ at, ...visit }) => ({ ...visit, came_at: time(at) }));
  return csvOf(["number", "slip", "came_at", "state", "by", "person"], rows);
}

function noticesCsv({ noticesOwed, lookups }: EmergencyView, timeZone: string): string {
  const time = localTimeIn(timeZone);
  const rows = noticesOwed.map(({ lookup, subject, dueAt }) => {
    const shown = lookups.find((one) => one.lookup === lookup)?.shown ?? [];
    const kinds = new Set(shown.flatMap(({ categories }) => categories));
    return {
      ...{ person: subject, due_at: time(dueAt), shown: [...kinds].sort().join(" ") },
      lookup: `${lookup.device} ${lookup.sequence}`,
    };
  });
  return csvOf(["due_at", "person", "shown", "lookup"], rows);
}
