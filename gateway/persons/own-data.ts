import { setImmediate as nextTurn } from "node:timers/promises";
import type { Event } from "#contract/events.ts";
import { commitmentsIn } from "#contract/evidence-commitment.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { stepUpIn } from "#contract/step-up-evidence.ts";
import type { EvidenceVault } from "../evidence/evidence-vault.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { pagesOf } from "../ledger/pages.ts";
import { placed } from "../ledger/placed.ts";
import type { Access } from "./access.ts";
import type { PersonRegistry, PersonTie } from "./person-registry.ts";
import { type Person, personFields } from "./records.ts";

/** A line of the ledger that is about somebody. */
export interface OwnEvent {
  readonly index: number;
  readonly at: WallMs;
  readonly device: DeviceId;
  readonly type: Event["body"]["type"];
  /** The services under whose names the person stands in it. */
  readonly services: readonly Service[];
  /** Why its proof was refused, or null. */
  readonly refusal: string | null;
  /** What was decided, where it is a decision. */
  readonly outcome?: string;
  readonly reason?: string;
  /** What a card signed for it, with its certificate, while that is kept. */
  readonly proof?: unknown;
}

/** Somebody looked at what is held of the person. */
export interface OwnLook {
  readonly index: number;
  readonly at: WallMs;
  readonly who: string;
  readonly why: string;
  readonly what: string;
  readonly fields: readonly string[];
}

/** Everything that this gateway holds of one person, and every use of it. */
export interface OwnData {
  readonly at: WallMs;
  readonly person: Partial<Person>;
  readonly ties: readonly PersonTie[];
  /** What each service knows them by. */
  readonly pseudonyms: Readonly<Record<Service, Pseudonym>>;
  /** What was written down at a shelter. */
  readonly shelterDetails: PersonDetails | null;
  /** Where and how they are told of a child, as a guardian. */
  readonly contact: object | null;
  readonly events: readonly OwnEvent[];
  readonly looks: readonly OwnLook[];
}

export interface OwnDataPorts {
  readonly registry: PersonRegistry;
  readonly ledger: Pick<Ledger, "after">;
  readonly vault: Pick<EvidenceVault, "openingOf">;
  readonly detailsOf: (person: Pseudonym) => PersonDetails | undefined;
  readonly contactOf: (person: PersonId) => object | undefined;
  wall(): WallMs;
}

/**
 * Gathers all that is held of a person, for their own request (Act on the Protection of Personal
 * Information, article 76). The look is itself written down first, and stands in the answer. Undefined
 * where nobody is registered by that number.
 */
export async function gatherOwnData(
  { registry, ledger, vault, detailsOf, contactOf, wall }: OwnDataPorts,
  asker: Omit<Access, "why">,
  reference: string,
): Promise<OwnData | undefined> {
  const access = { ...asker, why: "own-data" } as const;
  const [found] = await registry.look(access, { by: "reference", reference }, personFields);
  if (!found) return undefined;
  const { id, ...person } = found;
  const ties = await registry.tiesOf(access, reference);
  const pseudonyms = Object.fromEntries(
    serviceNames.map((service) => [service, registry.pseudonymOf(service, id)]),
  ) as Record<Service, Pseudonym>;
  return {
    ...{ at: wall(), person, ties, pseudonyms },
    shelterDetails: detailsOf(pseudonyms["shelter.check-in"]) ?? null,
    contact: contactOf(id) ?? null,
    ...(await usesIn(ledger, pseudonyms, vault)),
  };
}

/** Reads the whole ledger once: what is about the person, and who looked at them. */
async function usesIn(
  ledger: Pick<Ledger, "after">,
  pseudonyms: Readonly<Record<Service, Pseudonym>>,
  vault: OwnDataPorts["vault"],
): Promise<Pick<OwnData, "events" | "looks">> {
  const services = new Map(serviceNames.map((service) => [pseudonyms[service], service]));
  const events: OwnEvent[] = [];
  const looks: OwnLook[] = [];
  for (const page of pagesOf(ledger)) {
    for (const { index, event, refusal } of page.map(placed)) {
      const named = servicesIn(event.body, services);
      if (named.size === 0) continue;
      if (event.body.type === "registry.looked") looks.push(lookIn(index, event));
      else {
        const said = { ...eventIn(index, event), services: [...named], refusal };
        const proof = refusal === null ? proofOf(index, event, vault) : {};
        events.push({ ...said, ...proof });
      }
    }
    await nextTurn(); // Boxes get their receipts between two pages.
  }
  return { events, looks };
}

/** Under which services' names somebody stands in a value, however deep. */
function servicesIn(
  value: unknown,
  services: ReadonlyMap<string, Service>,
  found: Set<Service> = new Set(),
): ReadonlySet<Service> {
  if (typeof value === "string") {
    const service = services.get(value);
    if (service) found.add(service);
  } else if (typeof value === "object" && value !== null) {
    for (const inside of Object.values(value)) servicesIn(inside, services, found);
  }
  return found;
}

function eventIn(index: number, { at, device, body }: Event) {
  const decided = body.type === "decision.made";
  const said = decided ? { outcome: body.outcome, reason: body.reason } : {};
  return { index, at, device, type: body.type, ...said };
}

/** What is kept of a card or phone under this name. Of what was refused nobody knows whose card it was. */
function proofOf(index: number, { body }: Event, vault: OwnDataPorts["vault"]) {
  const opening = commitmentsIn(body).length > 0 ? vault.openingOf(index) : undefined;
  return opening ? { proof: stepUpIn(Buffer.from(opening.bytes, "base64url")) } : {};
}

function lookIn(index: number, { at, body }: Event): OwnLook {
  const { who, why, what, fields } = body as Extract<Event["body"], { type: "registry.looked" }>;
  return { index, at, who, why, what, fields };
}
