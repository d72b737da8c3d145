import type { Context } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import { RateLimiter } from "#runtime/rate-limit.ts";
import { addressOf } from "../api/address.ts";
import {
  askForNewPasskey,
  askForPasskey,
  assertionSchema,
  counterIn,
  newPasskeyIn,
  registrationSchema,
} from "./ceremonies.ts";
import type { ProvedCode } from "./codes.ts";
import type { JsonRoutePorts, JsonRoutes } from "./json-routes.ts";
import type { Beginner, Realm } from "./realm.ts";
import type { SessionCookie } from "./session-cookie.ts";
import { csrfTokenOf } from "./sessions.ts";
import { Waiting } from "./waiting.ts";

export interface EntryPorts extends JsonRoutePorts {
  readonly kind: "staff" | "family" | "resident";
  readonly realm: Realm;
  readonly cookie: SessionCookie;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  /** Brings the notes of what was done into the ledger. */
  settle(): Promise<void>;
}

interface Beginning {
  readonly code: ProvedCode;
  readonly who: Beginner;
  readonly challenge: string;
}

/** What colleagues call somebody. */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}\p{Co}\p{Cs}]*$/u, "no control characters");

const codeSchema = z.strictObject({
  code: z.string().max(80),
  /** Of the first administrator; whoever was invited has a name already. */
  name: nameSchema.optional(),
});
const ticketSchema = z.string().max(64);
const beginSchema = z.strictObject({ ticket: ticketSchema, response: registrationSchema });
const signInSchema = z.strictObject({ ticket: ticketSchema, response: assertionSchema });

/** A code takes 40 ms to check: guesses from many addresses at once are held back together. */
const codeTries = { burst: 10, perMinute: 6 };
const allCodeTries = { burst: 60, perMinute: 120 };
/** A passkey cannot be guessed; this bounds the work. A whole office may share an address. */
const passkeyTries = { burst: 200, perMinute: 600 };

const codeRefused = () =>
  new TeburaError("CODE_REFUSED", "this code is mistyped, used or too old; ask for another");

/** The ways in: a code and a new passkey, or a passkey that is known. */
export function addEntryRoutes(routes: JsonRoutes, ports: EntryPorts): void {
  addBeginning(routes, ports);
  addSignIn(routes, ports);
}

function addBeginning(routes: JsonRoutes, ports: EntryPorts): void {
  const { kind, realm, clock, party, refusals } = ports;
  const waiting = new Waiting<Beginning>(clock);
  const tries = new RateLimiter(codeTries, clock);
  const allTries = new RateLimiter(allCodeTries, clock);
  routes.post(
    `/api/${kind}/begin/options`,
    codeSchema,
    async ({ code: typed, name }, context) => {
      if (allTries.take("all") > 0) throw new TeburaError("RATE_LIMITED", "come again in a minute");
      const code = await realm.codes.check(typed, clock.wall());
      if (!code) {
        const { path } = context.req;
        refusals.tell({ who: "nobody", what: "code", code: "CODE_REFUSED", path });
        throw codeRefused();
      }
      tries.giveBack(addressOf(context, ports.isBehindProxy)); // An office begins on one morning.
      const who = realm.beginner(code, name);
      if (!who) return { purpose: code.purpose, needs: "name" };
      const known = realm.passkeys.of(who.id);
      const options = await askForNewPasskey(party(), { ...who, known });
      const ticket = waiting.keep({ code, who, challenge: options.challenge });
      return { purpose: code.purpose, ticket, options };
    },
    { limits: [tries], people: "entry" },
  );
  routes.post(
    `/api/${kind}/begin`,
    beginSchema,
    async ({ ticket, response }, context) => {
      const begun = waiting.take(ticket);
      const key = begun && (await newPasskeyIn(party(), begun.challenge, response));
      if (!begun || !key || realm.passkeys.byId(key.credential.id)) {
        throw refused(ports, context, begun?.code.account ?? "nobody");
      }
      const { code, who } = begun;
      if (!realm.begin(code, who, key, clock.wall())) throw codeRefused();
      const recoveryCodes = await realm.recoveryCodes(who.id, code);
      const opened = openSession(ports, context, who.id);
      await ports.settle();
      return { ...opened, recoveryCodes };
    },
    { limits: [new RateLimiter(passkeyTries, clock)], people: "entry" },
  );
}

function addSignIn(routes: JsonRoutes, ports: EntryPorts): void {
  const { kind, realm, clock, party } = ports;
  const waiting = new Waiting<string>(clock);
  const tries = new RateLimiter(passkeyTries, clock);
  routes.post(
    `/api/${kind}/sign-in/options`,
    z.strictObject({}),
    async () => {
      const options = await askForPasskey(party());
      return { ticket: waiting.keep(options.challenge), options };
    },
    { limits: [tries], people: "entry" },
  );
  routes.post(
    `/api/${kind}/sign-in`,
    signInSchema,
    async ({ ticket, response }, context) => {
      const challenge = waiting.take(ticket);
      const passkey = realm.passkeys.byId(response.id);
      const counter =
        challenge !== undefined && passkey && realm.isOpen(passkey.account)
          ? await counterIn(party(), challenge, passkey, response)
          : undefined;
      if (!passkey || counter === undefined) {
        throw refused(ports, context, passkey?.account ?? "nobody");
      }
      realm.passkeys.used(passkey.id, counter, clock.wall());
      realm.notes.add({ type: "sign-in.opened", who: passkey.account, means: "passkey" });
      const opened = openSession(ports, context, passkey.account);
      await ports.settle();
      return opened;
    },
    { limits: [tries], people: "entry" },
  );
}

/** A session of its own for each sign-in; one that the browser still had ends. */
function openSession(ports: EntryPorts, context: Context, account: string) {
  const { realm, cookie, clock } = ports;
  const now = clock.wall();
  const before = cookie.read(context);
  const old = before === undefined ? undefined : realm.sessions.of(before, now, false);
  if (old && realm.sessions.end(old.account, old.handle)) {
    const { account: who } = old;
    realm.notes.add({ type: "sign-in.closed", who, sessions: 1, why: "replaced" });
  }
  realm.sessions.sweep(now);
  const agent = context.req.header("user-agent") ?? "";
  const secret = realm.sessions.open(account, agent, now);
  cookie.write(context, secret, realm.sessions.ageMsMax);
  return { account: realm.describe(account), csrf: csrfTokenOf(secret) };
}

function refused({ refusals }: EntryPorts, { req }: Context, who: string): TeburaError {
  refusals.tell({ who, what: "passkey", code: "SIGN_IN_REFUSED", path: req.path });
  return new TeburaError("SIGN_IN_REFUSED", "that passkey did not hold here; try once more");
}
