import * as z from "zod";
import { deviceIdSchema } from "../ids.ts";

/** Another event of the ledger, by what never changes about it. It may arrive after what names it. */
export const eventRefSchema = z.strictObject({ device: deviceIdSchema, sequence: z.int().min(1) });
export type EventRef = Readonly<z.infer<typeof eventRefSchema>>;
