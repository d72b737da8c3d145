import type { Context } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { nameSchema } from "../sign-in/entry-routes.ts";
import type { JsonRoutes } from "../sign-in/json-routes.ts";
import { freshlySignedIn, type OwnPorts, signedIn } from "./own-routes.ts";
import { grantsSchema, mayManageStaff, roles } from "./roles.ts";
import type { SignedIn } from "./staff-door.ts";

const idSchema = z.strictObject({ id: z.string().max(40) });

/** Who works here: for administrators of everything, and for nobody else. */
export function addAccountRoutes(routes: JsonRoutes, ports: OwnPorts): void {
  const { staff, clock, party, settle } = ports;
  const administrator: Administrator = (context, how) => {
    const found = how(ports, context);
    const { id, grants } = found.account;
    if (mayManageStaff(grants)) return found;
    const { path } = context.req;
    ports.refusals.tell({ who: id, what: "request", code: "ACCESS_DENIED", path });
    throw new TeburaError("ACCESS_DENIED", "only an administrator of everything may do this");
  };
  const invitation = ({ code, expiresAt }: { code: string; expiresAt: number }) => ({
    ...{ code, expiresAt, url: `${party().origin}/first-start` },
  });
  routes.get("/api/staff/accounts", (_, context) => {
    administrator(context, signedIn);
    return { roles, accounts: staff.accounts.list() };
  });
  const inviteSchema = z.strictObject({ name: nameSchema, grants: grantsSchema });
  routes.post("/api/staff/accounts", inviteSchema, async (given, context) => {
    const { account: by } = administrator(context, freshlySignedIn);
    const { account, ...invited } = await staff.invite(by.id, given, clock.wall());
    await settle();
    return { account, ...invitation(invited) };
  });
  routes.post("/api/staff/accounts/invite-again", idSchema, async ({ id }, context) => {
    const { account: by } = administrator(context, freshlySignedIn);
    const { account, ...invited } = await staff.inviteAgain(by.id, id, clock.wall());
    await settle();
    return { account, ...invitation(invited) };
  });
  const grantSchema = idSchema.extend({ grants: grantsSchema });
  routes.post("/api/staff/accounts/roles", grantSchema, async ({ id, grants }, context) => {
    const { account: by } = administrator(context, freshlySignedIn);
    const account = staff.setGrants(by.id, id, grants);
    await settle();
    return { account };
  });
  routes.post("/api/staff/accounts/revoke", idSchema, async ({ id }, context) => {
    const { account: by } = administrator(context, freshlySignedIn);
    const account = staff.revoke(by.id, id);
    await settle();
    return { account };
  });
  addAccess(routes, ports, administrator);
}

type Administrator = (context: Context, how: typeof signedIn) => SignedIn;

/** With what others get in, where they are in now, and the way out for them. */
function addAccess(routes: JsonRoutes, ports: OwnPorts, administrator: Administrator): void {
  const { staff, settle } = ports;
  routes.get("/api/staff/accounts/access", (_, context) => {
    administrator(context, signedIn);
    return accessOf(ports, context.req.query("id") ?? "");
  });
  const endSchema = idSchema.extend({ handle: z.string().max(40).optional() });
  // Closing a door needs no fresh passkey: whoever lost a machine shall be out at once.
  routes.post("/api/staff/accounts/sign-out", endSchema, async ({ id, handle }, context) => {
    const { account: by } = administrator(context, signedIn);
    const ended = staff.signOut(by.id, id, handle);
    await settle();
    return { ended, ...accessOf(ports, id) };
  });
}

/** Throws ACCOUNT_UNKNOWN. */
function accessOf({ staff, clock }: OwnPorts, id: string) {
  const account = staff.accounts.get(id);
  return {
    passkeys: staff.passkeys.of(account.id).length,
    recoveryCodesLeft: staff.codes.countOf("recovery", account.id),
    sessions: staff.sessions
      .list(account.id, clock.wall())
      .map(({ handle, agent, provedAt, seenAt }) => ({ handle, agent, provedAt, seenAt })),
  };
}
