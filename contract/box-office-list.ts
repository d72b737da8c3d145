import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { placeIdSchema } from "./bodies/places.ts";
import { type TicketId, ticketIdSchema } from "./bodies/tickets.ts";
import { TeburaError } from "./errors.ts";
import { type Pseudonym, pseudonymSchema, type WallMs, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal, unseal } from "./seal.ts";

/**
 * Who may enter a performance, as the gateway knew it at one moment: what a box office and its doors
 * go by when there is no network.
 */
export const boxOfficeListSchema = z.strictObject({
  v: z.literal(1),
  performance: placeIdSchema,
  /** The last ledger entry that it takes in: of two lists, the one with more is newer. */
  index: z.int().min(0),
  at: wallMsSchema,
  /** From then on it is nobody's word any more. */
  until: wallMsSchema,
  tickets: z
    .array(
      z.strictObject({
        ticket: ticketIdSchema,
        holder: pseudonymSchema,
        used: z.enum(["no", "by-face", "by-hand"]),
      }),
    )
    .max(1_000_000),
});
export type BoxOfficeList = Readonly<z.infer<typeof boxOfficeListSchema>>;

export async function sealBoxOfficeList(
  list: BoxOfficeList,
  privateKey: KeyObject,
): Promise<string> {
  return await seal("tebura-box-office+jws", list, gatewayKeyId, privateKey);
}

/** Verifies and reads a list. Throws BOX_OFFICE_LIST_INVALID for a wrong seal, and once it has ended. */
export async function openBoxOfficeList(
  sealed: string,
  publicKey: KeyObject,
  now: WallMs,
): Promise<BoxOfficeList> {
  let list: BoxOfficeList;
  try {
    const payload = await unseal("tebura-box-office+jws", sealed, gatewayKeyId, publicKey);
    list = boxOfficeListSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch (cause) {
    const message = "a box office's list is not signed by this gateway";
    throw new TeburaError("BOX_OFFICE_LIST_INVALID", message, { cause });
  }
  if (now < list.until) return list;
  throw new TeburaError(
    "BOX_OFFICE_LIST_INVALID",
    "this box office's list is too old; get another",
  );
}

export type Admission =
  | { readonly kind: "admit"; readonly ticket: TicketId }
  | { readonly kind: "refuse"; readonly why: "no-ticket" | "entered-already" };

/**
 * One door's use of a list without a network. It knows who came in here; what happened at another
 * door it cannot know, and the ledger shows as a conflict later.
 */
export class OfflineDoor {
  readonly #unused = new Map<Pseudonym, TicketId>();
  readonly #entered = new Set<Pseudonym>();

  constructor(list: Pick<BoxOfficeList, "tickets">) {
    for (const { ticket, holder, used } of list.tickets) {
      // Who let a companion in by hand has not come in yet.
      if (used === "by-face") this.#entered.add(holder);
      if (used === "no" && !this.#unused.has(holder)) this.#unused.set(holder, ticket);
    }
  }

  enter(person: Pseudonym): Admission {
    if (this.#entered.has(person)) return { kind: "refuse", why: "entered-already" };
    const ticket = this.#unused.get(person);
    if (ticket === undefined) return { kind: "refuse", why: "no-ticket" };
    this.#entered.add(person);
    return { kind: "admit", ticket };
  }
}
