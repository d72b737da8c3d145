import { diffieHellman, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  envelopeBytes,
  envelopeInfo,
  openEnvelope,
  sealGalleryOrder,
} from "#contract/gallery-envelope.ts";
import { boxKeyMessage, type Grant } from "#contract/gallery-messages.ts";
import { openWith } from "#contract/hpke.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { answerGrant } from "#device/gallery/sync/answer-grant.ts";
import { unpack } from "#device/gallery/sync/parcel.ts";
import type { GallerySyncPorts } from "#device/gallery/sync/ports.ts";
import { systemClock } from "#runtime/clock.ts";
import { freshKeyPair } from "#runtime/key-file.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";

const templates = 10_000;
const boxes = 40;
const dimensions = 128;
const singles = 1_000;
const service = "bus.boarding";
const from = "box-a" as DeviceId;
const wall = () => systemClock.wall();
const idOf = (value: number) => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(value);
  return bytes.toString("base64url");
};

/** Seals a gallery of 10,000 to each of 40 boxes, beside X25519 alone on the same thread in the same run. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tebura-gallery-sync-"));
  try {
    using store = filledStore(join(folder, "gallery.db"));
    const sender = senderOf(store);
    const receivers = await Promise.all(Array.from({ length: boxes }, (_, at) => receiverOf(at)));
    const bare = perSecond(3_000, () => {
      const fresh = generateKeyPairSync("x25519");
      diffieHellman({ privateKey: fresh.privateKey, publicKey: receivers[0]!.publicKey });
    });
    const began = systemClock.monotonic();
    for (const { grantOf } of receivers) {
      for (let at = 0; at < templates; at += limits.galleryRowsMax) {
        await answerGrant(
          grantOf(at, Math.min(limits.galleryRowsMax, templates - at)),
          sender.ports,
        );
      }
    }
    const sealedPerSecond = (templates * boxes * 1_000) / (systemClock.monotonic() - began);
    const { messages: envelopes, bytes } = sender.sent;
    const wire = await wireBytes(sender, receivers[0]!);
    const oneByOne = await onePerEnvelope(sender.ports, receivers[0]!);
    const openedPerSecond = await openingRate(sender, receivers[0]!);
    const result = {
      ...{ templates, boxes, dimensions, templateBytes: dimensions * 4, envelopes },
      sealedPerSecond: Math.round(sealedPerSecond),
      bareX25519PerSecond: Math.round(bare),
      ofBareX25519: round(sealedPerSecond / bare),
      onePerEnvelopePerSecond: Math.round(oneByOne),
      onePerEnvelopeOfBareX25519: round(oneByOne / bare),
      openedPerSecond: Math.round(openedPerSecond),
      bytesUpPerTemplate: round(bytes / (templates * boxes)),
      bytesDownPerTemplate: round(wire),
    };
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : sentence(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function filledStore(path: string): GalleryStore {
  const key = Buffer.alloc(32, 1);
  const store = new GalleryStore({ path, key, model: "made+aaaaaaaa", dimensions, wall });
  const random = randomFrom(1);
  store.transaction(() => {
    for (let at = 0; at < templates; at++) {
      const owner = `person-${idOf(at)}` as PersonId;
      store.admit(owner, [gaussianUnit(random, dimensions)]);
      const until = (wall() + 86_400_000) as WallMs;
      const row = { service, person: idOf(at) as Pseudonym, version: idOf(at) } as const;
      store.consents.put({ ...row, owner, from: 0 as WallMs, until, origin: "enrolled" });
    }
  });
  return store;
}

/** The sending box: its own way from a grant to a sealed message, without a broker and an outbox. */
function senderOf(store: GalleryStore) {
  const { privateKey, publicKey } = freshKeyPair("ed25519");
  const sent = { messages: 0, bytes: 0, last: "" };
  const ports = {
    ...{ store, dimensions, clock: { wall }, identity: { id: from, privateKey } },
    record: async () => ({ sequence: 1 }),
    publish(sealed: string) {
      sent.messages += 1;
      sent.bytes += sealed.length;
      sent.last = sealed;
    },
  } as unknown as GallerySyncPorts;
  return { ports, sent, publicKey };
}

async function receiverOf(at: number) {
  const device = `box-${at}` as DeviceId;
  const signer = freshKeyPair("ed25519");
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const { x = "", d = "" } = privateKey.export({ format: "jwk" });
  const certified = { v: 1, device, key: x, service, at: wall() } as const;
  const toKey = await boxKeyMessage.seal(certified, device, signer.privateKey);
  const spki = signer.publicKey.export({ format: "der", type: "spki" });
  const grantOf = (first: number, count: number): Grant => ({
    ...{ v: 1, device: from, grant: idOf(first), service, to: device, toKey },
    ...{ toSigner: spki.toString("base64"), until: (wall() + 60_000) as WallMs },
    rows: Array.from({ length: count }, (_, row) => ({
      ...{ person: idOf(first + row) as Pseudonym, version: idOf(first + row) },
    })),
  });
  return { device, publicKey, secret: Buffer.from(d, "base64url"), grantOf };
}

type Sender = ReturnType<typeof senderOf>;
type Receiver = Awaited<ReturnType<typeof receiverOf>>;

async function onePerEnvelope(ports: GallerySyncPorts, { grantOf }: Receiver): Promise<number> {
  const began = systemClock.monotonic();
  for (let at = 0; at < singles; at++) await answerGrant(grantOf(at, 1), ports);
  return (singles * 1_000) / (systemClock.monotonic() - began);
}

/** Bytes of the gateway's order that carries a whole part on, for each template in it. */
async function wireBytes({ ports, sent, publicKey }: Sender, receiver: Receiver): Promise<number> {
  await answerGrant(receiver.grantOf(0, limits.galleryRowsMax), ports);
  const envelope = await openEnvelope(sent.last, from, publicKey);
  const order = { v: 1, device: receiver.device, number: 1, kind: "put", from } as const;
  const gateway = freshKeyPair("ed25519").privateKey;
  const made = { ...order, envelope: envelope.digest };
  const sealed = await sealGalleryOrder(made, envelopeBytes(envelope), gateway);
  return sealed.length / limits.galleryRowsMax;
}

async function openingRate(
  { ports, sent, publicKey }: Sender,
  receiver: Receiver,
): Promise<number> {
  await answerGrant(receiver.grantOf(0, limits.galleryRowsMax), ports);
  const { header, bound, ciphertext } = await openEnvelope(sent.last, from, publicKey);
  const rounds = 100;
  const began = systemClock.monotonic();
  for (let at = 0; at < rounds; at++) {
    const binding = { info: envelopeInfo, aad: bound };
    unpack(await openWith(receiver.secret, ciphertext, binding), header);
  }
  return (rounds * header.rows.length * 1_000) / (systemClock.monotonic() - began);
}

function perSecond(times: number, work: () => void): number {
  const began = systemClock.monotonic();
  for (let at = 0; at < times; at++) work();
  return (times * 1_000) / (systemClock.monotonic() - began);
}

const round = (value: number) => Math.round(value * 10) / 10;

function sentence(result: Readonly<Record<string, number>>): string {
  return `${Object.entries(result)
    .map(([name, value]) => `${name.padEnd(28)}${value}`)
    .join("\n")}\n`;
}
