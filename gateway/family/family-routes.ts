import { type Context, Hono } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type Pseudonym, pseudonymSchema } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import { RateLimiter } from "#runtime/rate-limit.ts";
import type { Authorised, Guard } from "../api/authorise.ts";
import { described } from "../api/described.ts";
import { referenceSchema } from "../persons/records.ts";
import type { OwnWards } from "../school/own-wards.ts";
import type { FamilyInquiry } from "../shelter/family-inquiry.ts";
import { addEntryRoutes } from "../sign-in/entry-routes.ts";
import { type JsonRoutePorts, JsonRoutes, readJson } from "../sign-in/json-routes.ts";
import { OwnSession } from "../sign-in/own-session.ts";
import { SessionCookie } from "../sign-in/session-cookie.ts";
import { csrfTokenOf } from "../sign-in/sessions.ts";
import type { Family } from "./family.ts";

export interface FamilyRoutePorts extends JsonRoutePorts {
  readonly family: Family;
  readonly inquiry: Pick<FamilyInquiry, "ask">;
  readonly wards: Pick<OwnWards, "aliasOf" | "schoolsOf" | "list" | "look">;
  /** The keyed hash of a reading and a birth date, as the inquiry has it. */
  questionOf(kana: string, birthDate: string): Pseudonym;
  readonly guard: Guard;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  settle(): Promise<void>;
}

/** Somebody by what a card shows: the reading of the name and the birth date. */
const namedSchema = z.strictObject({
  kana: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^[\p{L}\p{M}\p{Zs}ー・'-]+$/u, "letters"),
  birthDate: z.iso.date(),
});

const guardianSchema = z.strictObject({ guardian: referenceSchema });

/** A family asks for a handful of people, not for a town. */
const questions = { burst: 10, perMinute: 4 };

/** The family inquiry: a desk admits somebody, who then signs in and asks. */
export function createFamilyRoutes(ports: FamilyRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  addDesk(app, ports);
  const cookie = new SessionCookie("family", ports.party);
  const routes = new JsonRoutes({ ...ports, kind: "family" });
  addEntryRoutes(routes, { ...ports, kind: "family", realm: ports.family, cookie });
  addQuestions(routes, ports, cookie);
  app.route("/", routes.app);
  return app;
}

/** A clerk has looked at a card. Whom it names is hashed at once and not kept. */
function addDesk(app: Hono<Authorised>, ports: FamilyRoutePorts): void {
  const { guard, family, questionOf, clock, party, settle } = ports;
  // Of no site: whoever asks is in no shelter, and any desk may have seen the card.
  const admit = async (context: Context<Authorised>) => {
    const parsed = namedSchema.safeParse(await readJson(context));
    if (!parsed.success) {
      return context.json(
        { code: "USAGE", message: "send kana and birthDate, as 2001-02-03" },
        400,
      );
    }
    const knownAs = questionOf(parsed.data.kana, parsed.data.birthDate);
    const { code, expiresAt } = await family.admit(context.get("who"), knownAs, clock.wall());
    await settle();
    context.header("Cache-Control", "no-store");
    return context.json({ code, expiresAt, url: `${party().origin}/family` });
  };
  addGuardians(app, ports);
  const opened = guard("shelter:write", "site");
  app.post("/api/family/admissions", opened, described(admit, { takes: namedSchema }));
}

/** A school's office has seen who somebody is: they may sign in, and see their own children. */
function addGuardians(app: Hono<Authorised>, ports: FamilyRoutePorts): void {
  const { guard, family, wards, clock, party, settle } = ports;
  const admit = async (context: Context<Authorised>) => {
    const parsed = guardianSchema.safeParse(await readJson(context).catch(() => undefined));
    if (!parsed.success) return context.json({ code: "USAGE", message: "send guardian" }, 400);
    const who = context.get("who");
    const sites = context.get("sites");
    const { guardian: reference } = parsed.data;
    const schools = await wards.schoolsOf(who, reference);
    if (sites && !sites.some((site) => schools.has(site))) return context.get("refuseSite")();
    const alias = wards.aliasOf(reference);
    if (!alias) {
      const message = "nobody is registered by that number";
      return context.json({ code: "GUARDIAN_UNKNOWN", message }, 404);
    }
    const { code, expiresAt } = await family.admit(who, alias, clock.wall(), alias);
    await settle();
    context.header("Cache-Control", "no-store");
    return context.json({ code, expiresAt, url: `${party().origin}/family` });
  };
  const opened = guard("school:write", "site");
  app.post("/api/family/guardians", opened, described(admit, { takes: guardianSchema }));
}

/** A guardian's own children: which they are, and one child's day and way. Everybody else has none. */
function addWards(
  routes: JsonRoutes,
  { family, wards }: FamilyRoutePorts,
  unhurried: (context: Context) => string,
): void {
  routes.post("/api/family/wards", z.strictObject({}), async (_, context) => {
    const account = unhurried(context);
    const guardian = family.guardianOf(account);
    return { wards: guardian === null ? [] : await wards.list(account, guardian) };
  });
  const wardSchema = z.strictObject({ ward: pseudonymSchema });
  routes.post("/api/family/ward", wardSchema, async ({ ward }, context) => {
    const account = unhurried(context);
    // Who is no guardian is refused as a guardian of others is.
    const guardian = family.guardianOf(account) ?? family.knownAs(account);
    const answer = await wards.look(account, guardian, ward);
    if (!answer.ok) throw new TeburaError(answer.code, answer.message);
    const { days, sightings, keptHours, forgottenBefore } = answer;
    const seen = sightings.map(({ at, place }) => ({ at, place }));
    return { days, sightings: seen, keptHours, forgottenBefore };
  });
}

function addQuestions(routes: JsonRoutes, ports: FamilyRoutePorts, cookie: SessionCookie): void {
  const { family, inquiry, clock } = ports;
  const own = new OwnSession({ ...ports, realm: family, cookie });
  const asked = new RateLimiter(questions, clock);
  const unhurried = (context: Context) => own.unhurried(context, asked, "inquiry");
  routes.get("/api/family/me", (_, context) => {
    const { secret, session } = own.of(context);
    const isGuardian = family.guardianOf(session.account) !== null;
    return { csrf: csrfTokenOf(secret), isGuardian };
  });
  routes.post("/api/family/sign-out", z.strictObject({}), (_, context) => own.signOut(context));
  addWards(routes, ports, unhurried);
  routes.post("/api/family/ask", namedSchema, async (about, context) => {
    const account = unhurried(context);
    const pseudonym = family.knownAs(account);
    return await inquiry.ask({ pseudonym, knownAs: [pseudonym] }, about);
  });
}
