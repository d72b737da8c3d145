import type { Hono } from "hono";
import * as z from "zod";
import { signedConsentSchema } from "#contract/consent.ts";
import { openCertificate } from "#contract/deletion-certificate.ts";
import { deviceIdSchema, pseudonymSchema } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import { certificatePage } from "../consent/certificate-page.ts";
import type { Galleries } from "../gallery/galleries.ts";
import type { Authorised } from "./authorise.ts";
import { DeskRoutes, type ReadWriteGuards } from "./desk-routes.ts";

export interface ConsentRoutePorts {
  readonly galleries: Galleries;
  readonly timeZone: string;
  readonly consents: ReadWriteGuards;
  readonly boxes: ReadWriteGuards;
}

const keySchema = z.strictObject({ service: serviceSchema, person: pseudonymSchema });
const withdrawSchema = keySchema.extend({ how: z.enum(["counter", "web"]) });
const dismissSchema = withdrawSchema.extend({ proxy: pseudonymSchema });
const syncSchema = z.strictObject({ device: deviceIdSchema });

/** Consents, their end and its proof; and which box holds which state of its gallery. */
export function createConsentRoutes(ports: ConsentRoutePorts): readonly Hono<Authorised>[] {
  return [consentRoutes(ports), proxyRoutes(ports), galleryRoutes(ports)];
}

function consentRoutes({ galleries, consents: guards, timeZone }: ConsentRoutePorts) {
  const { desk, deletions } = galleries;
  const routes = new DeskRoutes({ guards });
  routes.post("/api/consents/show", keySchema, (key) => desk.show(key), "read");
  routes.post("/api/consents/withdraw", withdrawSchema, ({ how, ...key }, context) =>
    desk.withdraw(key, how, context.get("who")),
  );
  routes.post("/api/consents/deletion", keySchema, (key) => deletions.status(key), "read");
  routes.post("/api/consents/certificate", keySchema, (key) => deletions.certificate(key), "read");
  const pageSchema = keySchema;
  routes.post(
    "/api/consents/certificate-page",
    pageSchema,
    async (key) => {
      const made = await deletions.certificate(key);
      if (!made.ok) return made;
      const certificate = await openCertificate(made.certificate, galleries.publicKey);
      return { ok: true, html: certificatePage(certificate, made.certificate, timeZone) };
    },
    "read",
  );
  return routes.app;
}

/** Who may act for whom: taken in at a counter, where a card signs. */
function proxyRoutes({ galleries: { mandates }, consents: guards }: ConsentRoutePorts) {
  const routes = new DeskRoutes({ guards });
  routes.post("/api/proxies/appoint", signedConsentSchema, (signed) => mandates.handIn(signed));
  routes.post("/api/proxies/dismiss", dismissSchema, ({ how, proxy, ...key }, context) =>
    mandates.dismiss(key, proxy, { how, who: context.get("who") }),
  );
  routes.post("/api/proxies/show", keySchema, (key) => mandates.show(key), "read");
  return routes.app;
}

function galleryRoutes({ galleries, boxes: guards }: ConsentRoutePorts) {
  const routes = new DeskRoutes({ guards });
  routes.get("/api/galleries", z.strictObject({}), (_query, context) =>
    context.json({ rotation: galleries.rotation.name, boxes: galleries.boxes() }),
  );
  routes.post("/api/galleries/sync", syncSchema, ({ device }) => {
    galleries.hub.resync(device);
    return { ok: true, device };
  });
  routes.post("/api/galleries/rekey", z.strictObject({}), () => {
    galleries.rotation.renew();
    return { ok: true, rotation: galleries.rotation.name };
  });
  return routes.app;
}
