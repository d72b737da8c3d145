import type { Context, Hono } from "hono";
import * as z from "zod";
import { eventRefSchema } from "#contract/bodies/event-ref.ts";
import {
  checkedInSchema,
  checkedOutSchema,
  duplicateDecidedSchema,
  familyNamedSchema,
  personDescribedSchema,
  protectionSetSchema,
  sightingSettledSchema,
  siteAssignedSchema,
  siteSetSchema,
  transferredSchema,
} from "#contract/bodies/shelter.ts";
import { printableStyle } from "#contract/export/printable-list.ts";
import { type Pseudonym, pseudonymSchema } from "#contract/ids.ts";
import { handEntrySchema } from "#contract/shelter/hand-entry.ts";
import { personDetailsSchema } from "#contract/shelter/person-details.ts";
import type { ShelterClerk } from "../shelter/clerk.ts";
import { placesOfHousehold, whereIs, whereSeen } from "../shelter/whereabouts.ts";
import type { Authorised } from "./authorise.ts";
import { described } from "./described.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";
import { anywhere } from "./foreign-site.ts";
import { addShelterLists, type ShelterListPorts, sheetStyle } from "./shelter-lists.ts";

export interface ShelterRoutePorts extends DeskRoutePorts, ShelterListPorts {
  readonly clerk: ShelterClerk;
}

const noType = { type: true } as const;
const namedSchema = z.strictObject({
  kana: z.string().trim().min(1).max(80),
  birthDate: z.iso.date(),
});
const detailsSchema = z.strictObject({
  person: pseudonymSchema,
  /** Null takes away everything that is known in words, for good. */
  details: personDetailsSchema.nullable(),
});
const inquirySchema = z.strictObject({
  /** In which whoever asks put down their card, at a counter's or a shelter's box. */
  decision: eventRefSchema,
  asker: namedSchema,
  about: namedSchema,
});

/** A shelter's desk: its lists, who comes, goes and moves on, and what families may know. */
export function createShelterRoutes(ports: ShelterRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes(ports);
  addShelterLists(routes, ports);
  addPlaces(routes, ports);
  addPeople(routes, ports);
  addFamilies(routes, ports);
  // Without it a page that allows no inline style would print a list without lines.
  const style = (context: Context) =>
    context.body(printableStyle, 200, { "content-type": "text/css; charset=utf-8" });
  routes.app.get(sheetStyle, described(style, { gives: "text/css" }));
  return routes.app;
}

function addPlaces(routes: DeskRoutes, { clerk, state }: ShelterRoutePorts): void {
  const siteSchema = siteSetSchema.omit(noType);
  routes.post("/api/shelter/sites", siteSchema, (asked) => clerk.setSite(asked));
  const boxSchema = siteAssignedSchema.omit(noType);
  routes.post("/api/shelter/boxes", boxSchema, (asked) => clerk.assignBox(asked));
  const sightingSchema = sightingSettledSchema.omit(noType);
  routes
    .at(({ sighting }: z.infer<typeof sightingSchema>) => whereSeen(state(), sighting))
    .post("/api/shelter/sightings/settle", sightingSchema, (asked) => clerk.settleSighting(asked));
}

function addPeople(routes: DeskRoutes, { clerk, state }: ShelterRoutePorts): void {
  const there = routes.at(({ shelter }: { readonly shelter: string }) => shelter);
  const own = routes.at(({ person }: { readonly person: Pseudonym }) => whereIs(state(), person));
  there.post("/api/shelter/entries", handEntrySchema, (asked) => clerk.enter(asked));
  const inSchema = checkedInSchema.omit(noType);
  there.post("/api/shelter/check-ins", inSchema, (asked) => clerk.checkIn(asked));
  const outSchema = checkedOutSchema.omit(noType);
  there.post("/api/shelter/check-outs", outSchema, (asked) => clerk.checkOut(asked));
  const moveSchema = transferredSchema.omit(noType);
  routes
    .at(({ from }: z.infer<typeof moveSchema>) => from)
    .post("/api/shelter/transfers", moveSchema, (asked) => clerk.transfer(asked));
  const describeSchema = personDescribedSchema.omit(noType).extend({
    household: z
      .union([z.literal("new"), pseudonymSchema])
      .nullable()
      .optional(),
  });
  own.post("/api/shelter/persons/describe", describeSchema, (asked) => clerk.describe(asked));
  own.post("/api/shelter/persons/details", detailsSchema, ({ person, details }) =>
    clerk.setDetails(person, details),
  );
  const guardSchema = protectionSetSchema.omit(noType);
  own.post("/api/shelter/persons/protect", guardSchema, (asked) => clerk.protect(asked));
  const pairSchema = duplicateDecidedSchema.omit(noType);
  routes.post("/api/shelter/duplicates/decide", pairSchema, (asked) =>
    clerk.decideDuplicate(asked),
  );
}

function addFamilies(routes: DeskRoutes, { clerk, state }: ShelterRoutePorts): void {
  const schema = familyNamedSchema
    .omit({ ...noType, family: true })
    .extend({ family: namedSchema });
  routes
    .at(({ by, id }: z.infer<typeof schema>) =>
      by === "person" ? whereIs(state(), id) : placesOfHousehold(state(), id),
    )
    .post("/api/shelter/families", schema, ({ family, ...asked }) =>
      clerk.nameFamily(asked, family),
    );
  // A family may ask at any desk: the answer is theirs by their own card.
  routes
    .at(() => anywhere)
    .post("/api/shelter/inquiries", inquirySchema, (asked) => clerk.inquire(asked), "read");
}
