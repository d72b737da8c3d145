import * as z from "zod";
import { pseudonymSchema } from "../ids.ts";

const code = z.string().regex(/^[a-z0-9-]{1,40}$/);

/** People who are named in one event of a look; a longer list goes into several. */
export const lookedAtMax = 200;

/**
 * Somebody looked at what the registry holds of people: who, why, and at whom. It is in the ledger before
 * anything is shown, and it names nobody: people by their pseudonyms in the service `counter`.
 */
const registryLookedSchema = z.strictObject({
  type: z.literal("registry.looked"),
  who: z.string().min(1).max(120),
  why: code,
  what: code,
  /** How they were looked for. */
  by: code,
  persons: z.array(pseudonymSchema).max(lookedAtMax),
  fields: z.array(z.string().max(40)).max(40),
});

export const registryBodies = [registryLookedSchema] as const;
