import * as z from "zod";
import type { RouteAnswers } from "./answer.ts";
import { boxAnswers } from "./boxes.ts";
import { busAnswers, busViews } from "./bus.ts";
import { receptionAnswers, receptionViews } from "./reception.ts";
import { schoolAnswers } from "./school.ts";
import { shelterAnswers, shelterViews } from "./shelter.ts";
import { taxiAnswers, taxiViews } from "./taxi.ts";

/** What routes answer with; a route that is not in here says it where it is mounted, or answers with an object. */
export const routeAnswers: RouteAnswers = {
  ...boxAnswers,
  ...busAnswers,
  ...receptionAnswers,
  ...schoolAnswers,
  ...shelterAnswers,
  ...taxiAnswers,
};

/** What views show, by their names. */
export const viewAnswers: RouteAnswers = {
  ...busViews,
  ...receptionViews,
  ...shelterViews,
  ...taxiViews,
};

/** A view as it is answered: with the last entry of the ledger that is in it. */
export const viewAnswer = (view: z.ZodType) =>
  z.strictObject({
    index: z.int().min(0),
    view: view.nullable().describe("null for whoever may see a part that this view does not have"),
  });
