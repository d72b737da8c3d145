import * as z from "zod";
import { shelterIdSchema } from "#contract/bodies/shelter.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import type { DetailsSource, EvacueeList, EvacueeRow } from "#contract/shelter/evacuee-list.ts";
import { evacueeCsv, evacueeSheet, type SheetWords } from "#contract/shelter/evacuee-sheet.ts";
import { type ShelterState, shownShelters } from "#contract/shelter/fold.ts";
import type { Clock } from "#runtime/clock.ts";
import { proposedDuplicates } from "../shelter/duplicates.ts";
import type { Looks } from "../shelter/looks.ts";
import { dayIn } from "../views/view.ts";
import type { AskerContext, DeskRoutes } from "./desk-routes.ts";
import { anywhere } from "./foreign-site.ts";
import { veilOf } from "./protection.ts";

export interface ShelterListPorts {
  readonly list: EvacueeList;
  readonly looks: Looks;
  readonly details: Pick<DetailsSource, "of">;
  readonly clock: Pick<Clock, "wall">;
  readonly timeZone: string;
  /** What the view `shelter.check-in` holds now. */
  state(): ShelterState;
}

const rowsOfPageMax = 500;
const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .refine((value) => value <= most);
const shelterSchema = z.strictObject({ shelter: shelterIdSchema.optional() });
const pageSchema = shelterSchema.extend({
  offset: wholeNumber(9_999_999).default(0),
  limit: wholeNumber(rowsOfPageMax).default(100),
});
type Shelter = string | undefined;

/** Where a list of people comes from before names are in it: the address of the style of its sheet. */
export const sheetStyle = "/api/shelter/sheet.css";

/** The lists of shelters: who is where as of when, who may be one person, and who stood at a door unknown. */
export function addShelterLists(routes: DeskRoutes, ports: ShelterListPorts): void {
  const { list, looks, details, clock, timeZone } = ports;
  const dayOf = dayIn(timeZone);
  const words = (): SheetWords => ({
    time: localTimeIn(timeZone),
    today: dayOf(clock.wall()),
  });
  const note = async (context: AskerContext, shelter: Shelter, form: LookForm) =>
    await looks.note({ who: context.get("who"), shelter: shelter ?? null, form });
  /** Whoever is under protection counts, and has no line. */
  const whole = (context: AskerContext, shelter: Shelter) => {
    const asked = { ...(shelter ? { shelter } : {}), offset: 0, limit: Number.MAX_SAFE_INTEGER };
    const page = list.page(asked);
    return { ...page, rows: veilOf(context).without(page.rows) ?? [] };
  };

  const there = routes.at(({ shelter }: { readonly shelter?: string | undefined }) => shelter);
  there.get("/api/shelter/evacuees", pageSchema, async ({ shelter, ...slice }, context) => {
    await note(context, shelter, "page");
    const { rows, ...page } = list.page({ ...(shelter ? { shelter } : {}), ...slice });
    return context.json({ ...page, rows: rows.map(shownRow) }, 200, noStore);
  });
  there.csv("/api/shelter/evacuees.csv", shelterSchema, async ({ shelter }, context) => {
    await note(context, shelter, "csv");
    const text = evacueeCsv(whole(context, shelter), words());
    return { name: fileName(shelter, dayOf(clock.wall())), text };
  });
  const sheet = async ({ shelter }: z.infer<typeof shelterSchema>, context: AskerContext) => {
    await note(context, shelter, "sheet");
    return context.html(evacueeSheet(whole(context, shelter), words(), sheetStyle), 200, noStore);
  };
  there.get("/api/shelter/evacuees.html", shelterSchema, sheet, "text/html");
  // Numbers and no names: a desk must know where there is room.
  const anybody = routes.at(() => anywhere);
  anybody.get("/api/shelter/sites", z.strictObject({}), (_, context) => {
    const { asOf, shelters, silentDevices, total } = list.page({ offset: 0, limit: 0 });
    const { unidentified } = shownShelters(ports.state());
    return context.json({ asOf, shelters, silentDevices, total, unidentified }, 200, noStore);
  });
  anybody.get("/api/shelter/sightings", z.strictObject({}), (_, context) => {
    const sites = context.get("sites");
    const isOwn = ({ shelter }: { readonly shelter: string | null }) =>
      sites === undefined || (shelter !== null && sites.includes(shelter));
    const sightings = openSightings(ports.state()).filter(isOwn);
    return context.json({ sightings }, 200, noStore);
  });
  routes.get("/api/shelter/duplicates", z.strictObject({}), async (_, context) => {
    await note(context, undefined, "duplicates");
    const found = proposedDuplicates(shownShelters(ports.state()), details).map((one) => ({
      ...one,
      details: one.persons.map((person) => details.of(person) ?? null),
    }));
    return context.json({ duplicates: found }, 200, noStore);
  });
}

type LookForm = Parameters<Looks["note"]>[0]["form"];

const noStore = { "cache-control": "no-store" } as const;

const shownRow = ({ evacuee, details }: EvacueeRow) => ({ ...evacuee, details: details ?? null });

const fileName = (shelter: Shelter, day: string) => `evacuees-${shelter ?? "city"}-${day}.csv`;

/** People at a way in whom a box did not know, and of whom nobody has said who they were. */
function openSightings({ sightings, sites }: ShelterState) {
  return [...sightings.open()].flatMap(({ device, sequence, at }) => {
    const { shelter, door } = sites.doorOf(device, at);
    return door === "entrance" ? [{ device, sequence, at, shelter }] : [];
  });
}
