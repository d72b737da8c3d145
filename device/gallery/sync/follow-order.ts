import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import {
  type Envelope,
  envelopeInfo,
  type GalleryOrder,
  readEnvelope,
  seedInfo,
} from "#contract/gallery-envelope.ts";
import { openWith } from "#contract/hpke.ts";
import { limits } from "#contract/limits.ts";
import { forgetRow } from "./forget-row.ts";
import { type Packed, unpack } from "./parcel.ts";
import type { GallerySyncPorts } from "./ports.ts";

type Put = Extract<GalleryOrder, { kind: "put" }>;
type Rekey = Extract<GalleryOrder, { kind: "rekey" }>;

/**
 * Follows an order when it is the next one; any other has been followed or will come again. The change,
 * the number and the statement about it are one transaction. An order that cannot be followed (an envelope
 * that does not open) is passed over and logged: the state of the gallery tells the gateway.
 */
export async function followOrder(
  order: GalleryOrder,
  body: Uint8Array,
  ports: GallerySyncPorts,
): Promise<void> {
  const { store, record, log } = ports;
  const { consents } = store;
  if (order.number !== consents.order + 1) return;
  const done = () => {
    consents.order = order.number;
  };
  switch (order.kind) {
    case "remove":
      forgetRow({ ...order, order: order.number }, ports, done);
      break;
    case "put":
      await put(order, body, ports).catch((error) => {
        log("gallery.part-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
        // A service that is over takes nobody in any more, whatever is still on its way.
        const code = errorCodeOf(error);
        if (code !== "GALLERY_MESSAGE_INVALID" && code !== "SERVICE_OVER") throw error;
        done();
      });
      break;
    case "rekey":
      await rekey(order, ports);
      break;
    case "reset":
      reset(order.number, ports, done);
      break;
    case "skip":
      done();
      break;
    default:
      throw new TeburaError("UNREACHABLE", `an order ${order satisfies never}`);
  }
  await consents.pay(record);
}

async function put(order: Put, body: Uint8Array, ports: GallerySyncPorts): Promise<void> {
  const { store } = ports;
  const envelope = readEnvelope(body);
  const people = await opened(envelope, order, ports);
  try {
    takeIn(envelope, people, order, ports);
  } catch (error) {
    store.consents.forgetState();
    throw error;
  } finally {
    wipe(people);
  }
  for (const { owner } of people) ports.onChanged(owner);
}

/** Opens what was sealed to this box, and believes none of it that does not fit its header. */
async function opened(
  { header, bound, ciphertext, digest }: Envelope,
  order: Put,
  { identity, service, store, dimensions }: GallerySyncPorts,
): Promise<readonly Packed[]> {
  const fits =
    digest === order.envelope &&
    header.from === order.from &&
    header.to === identity.id &&
    header.service === service &&
    header.model === store.model &&
    header.dimensions === dimensions;
  if (!fits) throw invalid("is not for this box as it is now");
  const binding = { info: envelopeInfo, aad: bound };
  const plain = await openWith(identity.galleryKey.privateKey, ciphertext, binding);
  const people = unpack(plain, header);
  plain.fill(0);
  const named = people.every(
    ({ owner }, at) => identity.pseudonymOf(service, owner) === header.rows[at]?.person,
  );
  if (named) return people;
  wipe(people);
  throw invalid("names other people than it holds");
}

function takeIn(
  { header, digest }: Envelope,
  people: readonly Packed[],
  { number, from }: Put,
  { store, service }: GallerySyncPorts,
): void {
  const { consents } = store;
  store.transaction(() => {
    const before = consents.state.digest;
    for (const [at, { owner, templates }] of people.entries()) {
      const row = header.rows[at]!;
      store.admit(owner, templates);
      // From when on it holds was for the gateway to see before it let the row be sealed.
      consents.put({ ...row, service, owner, from: 0 as typeof row.until, origin: "received" });
    }
    consents.order = number;
    const rows = header.rows.map(({ person, version }) => ({ person, version }));
    consents.owe({
      type: "gallery.received",
      ...{ service, from, envelope: digest, order: number, rows },
      ...{ before, after: consents.state.digest },
    });
  });
}

async function rekey(order: Rekey, { identity, store, rekey: turn }: GallerySyncPorts) {
  const seed = await openWith(
    identity.galleryKey.privateKey,
    Buffer.from(order.seed, "base64url"),
    { info: seedInfo, aad: Buffer.from(`${identity.id} ${order.rotation}`) },
  );
  const { rotation, templates } = turn(seed);
  seed.fill(0);
  // A power cut before this line repeats the order, which then finds the rotation in place.
  store.transaction(() => {
    store.consents.order = order.number;
    store.consents.owe({ type: "gallery.rekeyed", rotation, templates });
  });
}

/** Everybody whom another box sealed to this one goes, and it says so; those who were enrolled here stay. */
function reset(number: number, ports: GallerySyncPorts, done: () => void): void {
  const received = ports.store.consents.all().filter(({ origin }) => origin === "received");
  const services = [...new Set(received.map(({ service }) => service))];
  for (const service of services) {
    const persons = received.filter((row) => row.service === service).map(({ person }) => person);
    for (let at = 0; at < persons.length; at += limits.galleryRowsMax) {
      const part = persons.slice(at, at + limits.galleryRowsMax);
      forgetRow({ service, persons: part, order: number }, ports);
    }
  }
  done();
}

function wipe(people: readonly Packed[]): void {
  for (const { templates } of people) for (const template of templates) template.fill(0);
}

function invalid(why: string): TeburaError {
  return new TeburaError("GALLERY_MESSAGE_INVALID", `a sealed part of a gallery ${why}`);
}
