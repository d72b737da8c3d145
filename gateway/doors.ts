import { Hono, type MiddlewareHandler } from "hono";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Guard } from "./api/authorise.ts";
import type { Family } from "./family/family.ts";
import { createFamilyRoutes, type FamilyRoutePorts } from "./family/family-routes.ts";
import { createResidentRoutes, type ResidentRoutePorts } from "./resident/resident-routes.ts";
import { addEntryRoutes } from "./sign-in/entry-routes.ts";
import { JsonRoutes } from "./sign-in/json-routes.ts";
import type { Notes, SignInBody } from "./sign-in/notes.ts";
import { createSignInPages } from "./sign-in/pages.ts";
import { Refusals } from "./sign-in/refusals.ts";
import type { RelyingParty } from "./sign-in/relying-party.ts";
import { SessionCookie } from "./sign-in/session-cookie.ts";
import { addAccountRoutes } from "./staff/account-routes.ts";
import { addOwnRoutes } from "./staff/own-routes.ts";
import type { Staff } from "./staff/staff.ts";
import { CookieDoor } from "./staff/staff-door.ts";

export interface DoorPorts
  extends Pick<FamilyRoutePorts, "inquiry" | "questionOf" | "wards">,
    Pick<ResidentRoutePorts, "residents" | "residentDesk"> {
  readonly staff: Staff;
  readonly family: Family;
  readonly party: () => RelyingParty;
  /** A proxy on this machine ends TLS and says who its caller is. */
  readonly isBehindProxy: boolean;
  readonly clock: Pick<Clock, "wall" | "monotonic">;
  readonly log: Log;
  record(body: SignInBody): Promise<unknown>;
}

/** Everything by which people come in at the gateway's pages, and by which others are kept out. */
export class Doors {
  readonly staff: CookieDoor;
  readonly refusals: Refusals;
  readonly isBehindProxy: boolean;
  readonly #ports: DoorPorts;
  readonly #cookie: SessionCookie;

  constructor(ports: DoorPorts) {
    this.#ports = ports;
    this.isBehindProxy = ports.isBehindProxy;
    this.#cookie = new SessionCookie("staff", ports.party);
    this.refusals = new Refusals(ports);
    this.staff = new CookieDoor({ ...ports, cookie: this.#cookie });
  }

  /** No other site may embed what is answered here, and over TLS no browser comes back without it. */
  readonly headers: MiddlewareHandler = async (context, next) => {
    await next();
    context.res.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    if (!this.#ports.party().isSecure) return;
    context.res.headers.set("Strict-Transport-Security", "max-age=31536000");
  };

  routes(guard: Guard): Hono {
    const { family, residents } = this.#ports;
    const app = new Hono();
    app.route("/", this.#staffRoutes());
    const settle = this.#settling(family.notes);
    const { refusals } = this;
    app.route("/", createFamilyRoutes({ ...this.#ports, refusals, guard, settle }));
    const settleOwn = this.#settling(residents.notes);
    const own = { ...this.#ports, refusals, guard, settle: settleOwn };
    app.route("/", createResidentRoutes(own));
    app.route("/", createSignInPages(this.#ports.party));
    return app;
  }

  #staffRoutes(): Hono {
    const { staff } = this.#ports;
    const { refusals } = this;
    const ports = {
      ...{ ...this.#ports, refusals, cookie: this.#cookie, door: this.staff },
      ...{ realm: staff, kind: "staff" as const, settle: this.#settling(staff.notes) },
    };
    const routes = new JsonRoutes(ports);
    addEntryRoutes(routes, ports);
    addOwnRoutes(routes, ports);
    addAccountRoutes(routes, ports);
    return routes.app;
  }

  #settling(notes: Notes): () => Promise<void> {
    return () => notes.bringTo(this.#ports.record);
  }
}
