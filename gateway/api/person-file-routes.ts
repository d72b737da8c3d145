import type { Hono } from "hono";
import * as z from "zod";
import type { ConsentKey } from "#contract/consent.ts";
import { serviceNames } from "#contract/services.ts";
import type { ConsentDesk } from "../consent/consent-desk.ts";
import type { Deletions } from "../consent/deletions.ts";
import type { MandateDesk } from "../consent/mandate-desk.ts";
import { refusal } from "../desk/answer.ts";
import { type AccessReason, accessReasonSchema } from "../persons/access.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import { referenceSchema } from "../persons/records.ts";
import type { Authorised, Guard } from "./authorise.ts";
import { type AskerContext, DeskRoutes } from "./desk-routes.ts";
import { veilOf } from "./protection.ts";

export interface PersonFilePorts {
  readonly registry: PersonRegistry;
  readonly guard: Guard;
  readonly desk: Pick<ConsentDesk, "show">;
  readonly deletions: Pick<Deletions, "status">;
  readonly mandates: Pick<MandateDesk, "show">;
}

const askedSchema = z.strictObject({ reference: referenceSchema, why: accessReasonSchema });
const unknown = () => refusal("PERSON_NOT_FOUND", "nobody is registered by that number");

/**
 * What a clerk sees of one person by the office's number. Each look is on record before it is answered; a
 * service's pseudonym is named only where something of a consent stands there.
 */
export function createPersonFileRoutes(ports: PersonFilePorts): Hono<Authorised> {
  const { registry, guard } = ports;
  const of = (scope: "persons:read" | "consents:read") =>
    new DeskRoutes({ guards: { read: guard(scope), write: guard(scope) } });
  const ties = of("persons:read");
  const accessOf = (context: AskerContext, why: AccessReason) => {
    return { who: context.get("who"), why, seesProtected: veilOf(context).isOpen };
  };
  // Questions, and no more: about somebody under protection they are asked about nobody.
  ties.post(
    "/api/registry/persons/ties",
    askedSchema,
    async ({ reference, why }, context) => {
      if (!registry.isKnown(reference)) return unknown();
      return { ok: true, ties: await registry.tiesOf(accessOf(context, why), reference) };
    },
    "read",
  );
  const consents = of("consents:read");
  consents.post(
    "/api/registry/persons/consents",
    askedSchema,
    async ({ reference, why }, context) => {
      const query = { by: "reference", reference } as const;
      const [found] = await registry.look(accessOf(context, why), query, []);
      if (!found) return unknown();
      const keys = serviceNames.map((service) => ({
        ...{ service, person: registry.pseudonymOf(service, found.id) },
      }));
      return {
        ok: true,
        consents: keys.flatMap((key) => consentOf(ports, key)),
        proxies: keys.flatMap((key) => proxiesOf(ports, key)),
      };
    },
    "read",
  );
  return ties.app.route("/", consents.app);
}

/** How somebody stands to a service and which boxes hold them; nothing where they never agreed. */
function consentOf({ desk, deletions }: PersonFilePorts, key: ConsentKey) {
  const shown = desk.show(key);
  const status = deletions.status(key);
  return shown.ok && status.ok ? [{ ...shown.consent, deletion: status.deletion }] : [];
}

/** Who may act for somebody in a service, as that service knows them: to look at them is a look of its own. */
function proxiesOf({ mandates }: PersonFilePorts, key: ConsentKey) {
  const shown = mandates.show(key);
  return shown.ok ? shown.proxies.map((one) => ({ ...key, ...one })) : [];
}
