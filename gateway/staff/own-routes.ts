import type { Context } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import { askForNewPasskey, newPasskeyIn, registrationSchema } from "../sign-in/ceremonies.ts";
import type { JsonRoutePorts, JsonRoutes } from "../sign-in/json-routes.ts";
import { admittedBy } from "../sign-in/own-session.ts";
import type { SessionCookie } from "../sign-in/session-cookie.ts";
import { csrfTokenOf } from "../sign-in/sessions.ts";
import { Waiting } from "../sign-in/waiting.ts";
import type { Staff } from "./staff.ts";
import type { CookieDoor, SignedIn } from "./staff-door.ts";

export interface OwnPorts extends JsonRoutePorts {
  readonly staff: Staff;
  readonly door: CookieDoor;
  readonly cookie: SessionCookie;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  settle(): Promise<void>;
}

/** What opens more doors is asked for soon after a passkey was shown, not hours later on a screen left open. */
const freshMsMax = 15 * 60_000;

/** Whoever signed in. Throws SESSION_ENDED, CROSS_SITE, and says so where others hear of it. */
export function signedIn({ door, refusals }: OwnPorts, context: Context): SignedIn {
  return admittedBy(door.signedIn(context), refusals, context);
}

/** Throws SIGN_IN_STALE too. */
export function freshlySignedIn(ports: OwnPorts, context: Context): SignedIn {
  const found = signedIn(ports, context);
  if (ports.clock.wall() - found.session.provedAt < freshMsMax) return found;
  throw new TeburaError("SIGN_IN_STALE", "show your passkey again before you change this");
}

/** What everybody does with their own account. */
export function addOwnRoutes(routes: JsonRoutes, ports: OwnPorts): void {
  addSessions(routes, ports);
  addPasskeys(routes, ports);
}

function addSessions(routes: JsonRoutes, ports: OwnPorts): void {
  const { staff, cookie, clock, settle } = ports;
  routes.get("/api/staff/me", (_, context) => {
    const { account, secret, session } = signedIn(ports, context);
    return {
      ...{ account: staff.describe(account.id), csrf: csrfTokenOf(secret) },
      isFresh: clock.wall() - session.provedAt < freshMsMax,
      recoveryCodesLeft: staff.codes.countOf("recovery", account.id),
      passkeys: staff.passkeys
        .of(account.id)
        .map(({ id, synced, createdAt, lastUsedAt }) => ({ id, synced, createdAt, lastUsedAt })),
    };
  });
  routes.get("/api/staff/sessions", (_, context) => {
    const { account, session } = signedIn(ports, context);
    const all = staff.sessions.list(account.id, clock.wall());
    return {
      sessions: all.map(({ handle, agent, provedAt, seenAt }) => ({
        ...{ handle, agent, provedAt, seenAt, isThis: handle === session.handle },
      })),
    };
  });
  const endSchema = z.strictObject({ handle: z.string().max(40).optional() });
  routes.post("/api/staff/sign-out", endSchema, async ({ handle }, context) => {
    const { account, session } = signedIn(ports, context);
    const ending = handle ?? session.handle;
    const ended = staff.sessions.end(account.id, ending) ? 1 : 0;
    if (ended > 0) {
      staff.notes.add({ type: "sign-in.closed", who: account.id, sessions: ended, why: "asked" });
    }
    if (ending === session.handle) cookie.clear(context);
    await settle();
    return { ended };
  });
}

function addPasskeys(routes: JsonRoutes, ports: OwnPorts): void {
  const { staff, party, clock, settle } = ports;
  const waiting = new Waiting<{ readonly account: string; readonly challenge: string }>(clock);
  const none = z.strictObject({});
  routes.post("/api/staff/passkeys/options", none, async (_, context) => {
    const { id, name } = freshlySignedIn(ports, context).account;
    const known = staff.passkeys.of(id);
    const options = await askForNewPasskey(party(), { id, name, known });
    return { ticket: waiting.keep({ account: id, challenge: options.challenge }), options };
  });
  const addSchema = z.strictObject({ ticket: z.string().max(64), response: registrationSchema });
  routes.post("/api/staff/passkeys", addSchema, async ({ ticket, response }, context) => {
    const { account } = freshlySignedIn(ports, context);
    const begun = waiting.take(ticket);
    const key =
      begun?.account === account.id && (await newPasskeyIn(party(), begun.challenge, response));
    if (!key || staff.passkeys.byId(key.credential.id)) {
      throw new TeburaError("SIGN_IN_REFUSED", "the new passkey did not hold; try once more");
    }
    staff.addPasskey(account, key, clock.wall());
    await settle();
    return { passkeys: staff.passkeys.of(account.id).length };
  });
  const removeSchema = z.strictObject({ id: z.string().max(2_000) });
  routes.post("/api/staff/passkeys/remove", removeSchema, async ({ id }, context) => {
    const { account } = freshlySignedIn(ports, context);
    if (!staff.removePasskey(account, id)) {
      throw new TeburaError("LAST_PASSKEY", "your last passkey stays; add another first");
    }
    await settle();
    return { passkeys: staff.passkeys.of(account.id).length };
  });
  routes.post("/api/staff/recovery-codes", none, async (_, context) => {
    const { account } = freshlySignedIn(ports, context);
    const recoveryCodes = await staff.makeRecoveryCodes(account);
    await settle();
    return { recoveryCodes };
  });
}
