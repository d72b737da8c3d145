import type { KeyObject } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import * as z from "zod";
import { errorCodeOf } from "#contract/errors.ts";
import type { Event } from "#contract/events.ts";
import { commitmentsIn } from "#contract/evidence-commitment.ts";
import { type DeviceId, deviceIdSchema } from "#contract/ids.ts";
import type { EvidenceVault } from "../evidence/evidence-vault.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { proveInclusion } from "../ledger/merkle/proof.ts";
import { eventIn } from "../ledger/placed.ts";
import type { Authorised } from "./authorise.ts";
import { described } from "./described.ts";

export interface LedgerRoutePorts {
  readonly guard: MiddlewareHandler<Authorised>;
  readonly ledger: Pick<Ledger, "after" | "count" | "tree" | "hashBefore" | "indexOf">;
  readonly vault: Pick<EvidenceVault, "openingOf">;
  readonly gatewayKey: KeyObject;
  keyOf(device: DeviceId): KeyObject | undefined;
  /** Writes down that somebody is about to see what a card proved, with its certificate. */
  noteEvidence(who: string, event: Event): Promise<void>;
  /** Signs a head over all that the ledger holds now. */
  signHead(): Promise<void>;
}

const whole = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** With `true`, what the event commits to is shown beside it, while it stands. */
const evidence = z.enum(["true", "false"]).default("false");
const askedSchema = z.union([
  z.strictObject({ index: whole, evidence }),
  z.strictObject({ device: deviceIdSchema, sequence: whole, evidence }),
]);

/**
 * Proofs that an event is in the ledger, with the keys that they are checked with: whoever trusts the keys
 * needs to trust neither this gateway nor the page that shows the proof.
 */
export function createLedgerRoutes(ports: LedgerRoutePorts): Hono<Authorised> {
  const app = new Hono<Authorised>();
  const handler = async (context: Context<Authorised>) => {
    const asked = askedSchema.safeParse(context.req.query());
    if (!asked.success) {
      const message = "name an entry: index, or device and sequence";
      return context.json({ code: "USAGE", message }, 400);
    }
    return await proved(context, ports, asked.data);
  };
  app.get("/api/ledger/proof", ports.guard, described(handler, { query: askedSchema }));
  return app;
}

async function proved(
  context: Context<Authorised>,
  { ledger, vault, signHead, noteEvidence, keyOf, gatewayKey }: LedgerRoutePorts,
  asked: z.infer<typeof askedSchema>,
): Promise<Response> {
  const index = "index" in asked ? asked.index : ledger.indexOf(asked.device, asked.sequence);
  if (index === undefined || index > ledger.count) {
    const message = `the ledger has no such entry; it has ${ledger.count}`;
    return context.json({ code: "LEDGER_ENTRY_MISSING", message }, 404);
  }
  // A head is signed every minute; who asks for a proof does not have to wait for the next.
  if ((ledger.tree.newestHead()?.size ?? 0) < index) await signHead();
  try {
    const proof = proveInclusion(ledger, index);
    const event = eventIn(proof.event);
    const isShown = asked.evidence === "true" && commitmentsIn(event.body).length > 0;
    // A certificate is the same in all services: who sees one is on record before.
    if (isShown) await noteEvidence(context.get("who"), event);
    const opening = isShown ? vault.openingOf(index) : undefined;
    if (isShown) context.header("Cache-Control", "no-store");
    const device = ledger.after(index - 1, 1)[0]?.device;
    const deviceKey = device && keyOf(device);
    return context.json({
      proof: asked.evidence === "true" ? { ...proof, evidence: opening ? [opening] : [] } : proof,
      gatewayKey: spkiOf(gatewayKey),
      deviceKey: deviceKey ? spkiOf(deviceKey) : null,
    });
  } catch (error) {
    const code = errorCodeOf(error);
    if (!code) throw error;
    return context.json({ code, message: (error as Error).message }, 409);
  }
}

/** The public key as SubjectPublicKeyInfo in base64url: what WebCrypto imports. */
function spkiOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "der" }).toString("base64url");
}
