import * as z from "zod";

/** Who acts: an account, a key, the command line of the gateway's machine, or somebody unknown. */
const who = z
  .string()
  .regex(
    /^((staff|family|resident|api-key):[0-9a-f]{16}|command-line|nobody)$/,
    "an account, not a name",
  );
const account = z.string().regex(/^(staff|family|resident):[0-9a-f]{16}$/);
const code = z.string().regex(/^[A-Z0-9_]{1,40}$/);

/** What a member of staff may do, and where; `sites` is null for every site. */
const grantSchema = z.strictObject({
  role: z.string().regex(/^[a-z]{1,20}$/),
  sites: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/))
    .max(40)
    .nullable(),
});

/** Somebody proved who they are, and by what means. */
const openedSchema = z.strictObject({
  type: z.literal("sign-in.opened"),
  who: account,
  means: z.enum(["passkey", "first-start", "invitation", "recovery"]),
});

const closedSchema = z.strictObject({
  type: z.literal("sign-in.closed"),
  who: account,
  sessions: z.int().min(1),
  why: z.enum(["asked", "replaced", "account-changed"]),
});

/** Something was refused. What was tried is a code; nothing of what was sent is in here. */
const refusedSchema = z.strictObject({
  type: z.literal("sign-in.refused"),
  who,
  what: z.enum(["passkey", "code", "request", "site", "inquiry"]),
  code,
});

/** An account came, changed or went. `grants` is what holds from now on. */
const accountChangedSchema = z.strictObject({
  type: z.literal("sign-in.account-changed"),
  who,
  account,
  change: z.enum([
    "invited",
    "begun",
    "roles-set",
    "revoked",
    "passkey-added",
    "passkey-removed",
    "recovery-codes-made",
    "sessions-ended",
  ]),
  grants: z.array(grantSchema).max(12),
});

/** The bodies of who may do what at the gateway, and who did. */
export const signInBodies = [
  openedSchema,
  closedSchema,
  refusedSchema,
  accountChangedSchema,
] as const;
