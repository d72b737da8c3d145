import { digestOf } from "#contract/digest.ts";
import {
  type EnvelopeHeader,
  envelopeInfo,
  headerBytes,
  sealEnvelope,
} from "#contract/gallery-envelope.ts";
import { type Grant, receiverOf } from "#contract/gallery-messages.ts";
import { sealTo } from "#contract/hpke.ts";
import { limits } from "#contract/limits.ts";
import type { HeldRow } from "../consent-rows.ts";
import { type Packed, pack, packedBytes } from "./parcel.ts";
import type { GallerySyncPorts } from "./ports.ts";

/**
 * Seals people to another box on the gateway's grant: only those who stand here with a consent at this
 * moment, in parts that fit a message, each under a fresh ephemeral key. What was sealed, and to which key,
 * is in this box's own ledger before it leaves. Templates are wiped.
 */
export async function answerGrant(grant: Grant, ports: GallerySyncPorts): Promise<void> {
  const { store, clock } = ports;
  const now = clock.wall();
  if (now > grant.until) return;
  const receiver = await receiverOf(grant);
  const key = Buffer.from(receiver.key, "base64url");
  let part: { row: HeldRow; packed: Packed }[] = [];
  let bytes = 0;
  for (const { person, version } of grant.rows) {
    const row = store.consents.get({ service: grant.service, person });
    if (!row || row.version !== version || row.from > now || row.until <= now) continue;
    const packed = { owner: row.owner, templates: store.templatesOf(row.owner) };
    if (packed.templates.length === 0) continue;
    const more = packedBytes(packed);
    if (part.length > 0 && bytes + more > limits.envelopeBytesMax) {
      await sealPart(part, key, grant, ports);
      [part, bytes] = [[], 0];
    }
    part.push({ row, packed });
    bytes += more;
  }
  if (part.length > 0) await sealPart(part, key, grant, ports);
}

async function sealPart(
  part: readonly { readonly row: HeldRow; readonly packed: Packed }[],
  key: Uint8Array,
  { grant, service, to }: Grant,
  { identity, store, dimensions, record, publish }: GallerySyncPorts,
): Promise<void> {
  const { id: from, privateKey } = identity;
  const rows = part.map(({ row: { person, version, until } }) => ({ person, version, until }));
  const header: EnvelopeHeader = {
    ...{ v: 1, from, to, grant, service, model: store.model, dimensions, rows },
  };
  const bound = headerBytes(header);
  const plain = pack(part.map(({ packed }) => packed));
  for (const { packed } of part) for (const template of packed.templates) template.fill(0);
  const ciphertext = await sealTo(key, plain, { info: envelopeInfo, aad: bound });
  plain.fill(0);
  await record({
    type: "gallery.sealed",
    ...{ service, grant, to, key: digestOf(key), envelope: digestOf(ciphertext) },
    rows: rows.map(({ person, version }) => ({ person, version })),
  });
  publish(await sealEnvelope({ bound, ciphertext }, from, privateKey));
}
