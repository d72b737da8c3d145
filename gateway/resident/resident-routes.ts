import { type Context, Hono } from "hono";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import { RateLimiter } from "#runtime/rate-limit.ts";
import type { Authorised, Guard } from "../api/authorise.ts";
import { described } from "../api/described.ts";
import { veilOf } from "../api/protection.ts";
import type { Answer } from "../desk/answer.ts";
import { addEntryRoutes } from "../sign-in/entry-routes.ts";
import { type JsonRoutePorts, JsonRoutes, readJson } from "../sign-in/json-routes.ts";
import { OwnSession } from "../sign-in/own-session.ts";
import { SessionCookie } from "../sign-in/session-cookie.ts";
import { csrfTokenOf } from "../sign-in/sessions.ts";
import type { ResidentDesk } from "./resident-desk.ts";
import { type Residents, residentSchema } from "./residents.ts";

export interface ResidentRoutePorts extends JsonRoutePorts {
  readonly residents: Residents;
  readonly residentDesk: ResidentDesk;
  readonly guard: Guard;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  settle(): Promise<void>;
}

/** A person has a dozen services, and not a hundred. */
const acts = { burst: 30, perMinute: 10 };
/** Own data reads the whole ledger. */
const ownDataAsks = { burst: 3, perMinute: 0.2 };

const nothing = z.strictObject({});
/** A service and nobody: whom it is about is the session's own. */
const aboutService = z.strictObject({ service: serviceSchema });

/** People's own page: a counter admits somebody, who then signs in and looks after their own data. */
export function createResidentRoutes(ports: ResidentRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  addCounter(app, ports);
  const { residents: realm } = ports;
  const cookie = new SessionCookie("resident", ports.party);
  const routes = new JsonRoutes({ ...ports, kind: "resident" });
  addEntryRoutes(routes, { ...ports, kind: "resident", realm, cookie });
  addOwn(routes, ports, cookie);
  app.route("/", routes.app);
  return app;
}

/** A clerk has looked at a card and knows who stands there. */
function addCounter(app: Hono<Authorised>, ports: ResidentRoutePorts): void {
  const { guard, residents, residentDesk, clock, party, settle } = ports;
  const admit = async (context: Context<Authorised>) => {
    const asked = residentSchema.safeParse(await readJson(context));
    if (!asked.success) {
      return context.json({ code: "USAGE", message: "send reference, or service and person" }, 400);
    }
    const isHidden = veilOf(context).without([asked.data])?.length === 0;
    if (isHidden || !residentDesk.knows(asked.data)) {
      return context.json({ code: "PERSON_NOT_FOUND", message: "nobody is known by that" }, 404);
    }
    const made = await residents.admit(context.get("who"), asked.data, clock.wall());
    await settle();
    context.header("Cache-Control", "no-store");
    return context.json({ ...made, url: `${party().origin}/my-data` });
  };
  const path = "/api/resident/admissions";
  app.post(path, guard("consents:write"), described(admit, { takes: residentSchema }));
}

function addOwn(routes: JsonRoutes, ports: ResidentRoutePorts, cookie: SessionCookie): void {
  const { residents, residentDesk: desk, clock } = ports;
  const own = new OwnSession({ ...ports, realm: residents, cookie });
  const [acted, asked] = [new RateLimiter(acts, clock), new RateLimiter(ownDataAsks, clock)];
  /** Who asks, not too often. Their own names are not hidden from them. */
  const self = (context: Context, limiter: RateLimiter) => {
    const account = own.unhurried(context, limiter, "request");
    veilOf(context).exemptAll();
    return { account, who: residents.identityOf(account) };
  };
  routes.get("/api/resident/me", (_, context) => ({ csrf: csrfTokenOf(own.of(context).secret) }));
  routes.get("/api/resident/consents", (_, context) => ({
    consents: desk.consents(self(context, acted).who),
  }));
  routes.post("/api/resident/withdraw", aboutService, async ({ service }, context) => {
    const { who, account } = self(context, acted);
    return given(await desk.withdraw(who, service, account));
  });
  routes.post("/api/resident/certificate", aboutService, async ({ service }, context) =>
    given(await desk.certificate(self(context, acted).who, service)),
  );
  routes.post("/api/resident/own-data", nothing, async (_, context) => {
    const { who, account } = self(context, asked);
    return given(await desk.ownData(who, account));
  });
  routes.post("/api/resident/sign-out", nothing, (_, context) => own.signOut(context));
}

/** What an answer gives; a refusal is thrown with its code. */
function given<Given extends object>(answer: Answer<Given>): object {
  if (!answer.ok) throw new TeburaError(answer.code, answer.message);
  const { ok: _, ...rest } = answer;
  return rest;
}
