import fc from "fast-check";
import { expect, test } from "vitest";
import type { GalleryRow } from "#contract/consent.ts";
import {
  type EnvelopeHeader,
  envelopeBytes,
  headerBytes,
  openEnvelope,
  openGalleryOrder,
  readEnvelope,
  sealEnvelope,
  sealGalleryOrder,
} from "#contract/gallery-envelope.ts";
import {
  boxKeyMessage,
  type Grant,
  grantMessage,
  openForBox,
  receiverOf,
  standingMessage,
} from "#contract/gallery-messages.ts";
import { GalleryState } from "#contract/gallery-state.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { gatewayKeyId } from "#contract/receipts.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { rejectedWith } from "#test/support/code-of.ts";

const id = (value: number) => Buffer.alloc(16, value).toString("base64url");
const rowArbitrary: fc.Arbitrary<GalleryRow> = fc.record({
  service: fc.constantFrom("bus.boarding", "school.attendance"),
  person: fc.integer({ min: 0, max: 20 }).map((value) => id(value) as Pseudonym),
  version: fc.integer({ min: 0, max: 3 }).map(id),
});
const keyOf = ({ service, person, version }: GalleryRow) => `${service} ${person} ${version}`;
const rowsArbitrary = fc.uniqueArray(rowArbitrary, { selector: keyOf, maxLength: 20 });

test("a gallery's state is one for a set of rows, in whatever order they came and went", () => {
  fc.assert(
    fc.property(rowsArbitrary, rowsArbitrary, (rows, others) => {
      const added = others.filter((row) => !rows.some((one) => keyOf(one) === keyOf(row)));
      const state = GalleryState.of(rows);
      for (const row of added) state.add(row);
      for (const row of added.toReversed()) state.remove(row);
      expect(state.digest).toBe(GalleryState.of(rows.toReversed()).digest);
      expect(state.rows).toBe(rows.length);
      // Any other set has another state.
      if (added.length > 0) {
        expect(GalleryState.of([...rows, ...added]).digest).not.toBe(state.digest);
        expect(GalleryState.of(added).digest === state.digest).toBe(
          rows.length === added.length && rows.every((row) => added.includes(row)),
        );
      }
    }),
  );
});

const a = "box-a" as DeviceId;
const b = "box-b" as DeviceId;
const key = keyOfSeed(1);
const gateway = keyOfSeed(2);
const at = 1_790_000_000_000 as WallMs;
const header: EnvelopeHeader = {
  ...{ v: 1, from: a, to: b, grant: id(9), service: "bus.boarding" },
  ...{ model: "dlib-resnet+abcdefgh", dimensions: 128 },
  rows: [{ person: id(1) as Pseudonym, version: id(2), until: at }],
};

test("an envelope is the same bytes after both seals, and belongs to its sender and receiver", async () => {
  const ciphertext = Buffer.alloc(limits.envelopeBytesMax, 7);
  const envelope = { bound: headerBytes(header), ciphertext };
  const opened = await openEnvelope(
    await sealEnvelope(envelope, a, key.privateKey),
    a,
    key.publicKey,
  );
  expect(opened.header).toEqual(header);
  const order = {
    v: 1,
    device: b,
    number: 3,
    kind: "put",
    from: a,
    envelope: opened.digest,
  } as const;
  const sealed = await sealGalleryOrder(order, envelopeBytes(opened), gateway.privateKey);
  expect(sealed.length).toBeLessThan(limits.messageBytesMax);
  const arrived = await openGalleryOrder(sealed, b, gateway.publicKey);
  expect(arrived.order).toEqual(order);
  expect(readEnvelope(arrived.body)).toMatchObject({ header, digest: opened.digest });
  expect(await rejectedWith(openGalleryOrder(sealed, a, gateway.publicKey))).toBe(
    "GALLERY_MESSAGE_INVALID",
  );
  expect(await rejectedWith(openGalleryOrder(sealed, b, key.publicKey))).toBe(
    "GALLERY_MESSAGE_INVALID",
  );
});

test("whatever bytes come, an envelope is read or refused with a code", async () => {
  await fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => readEnvelope(bytes)).toThrow();
    }),
  );
});

test("a grant leads to the key that the receiver certified, and to no other", async () => {
  const toKey = await boxKeyMessage.seal(
    {
      v: 1,
      device: b,
      key: Buffer.alloc(32, 5).toString("base64url"),
      service: "bus.boarding",
      at,
    },
    b,
    key.privateKey,
  );
  const spki = (one: typeof key) =>
    one.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const grant: Grant = {
    ...{ v: 1, device: a, grant: id(9), service: "bus.boarding", to: b, toKey },
    ...{ toSigner: spki(key), rows: [{ person: id(1) as Pseudonym, version: id(2) }], until: at },
  };
  const sealed = await grantMessage.seal(grant, gatewayKeyId, gateway.privateKey);
  expect(
    await receiverOf(await openForBox(grantMessage, sealed, a, gateway.publicKey)),
  ).toMatchObject({ device: b });
  for (const changed of [{ toSigner: spki(gateway) }, { to: a }, { service: "payment" as const }]) {
    expect(await rejectedWith(receiverOf({ ...grant, ...changed }))).toBe(
      "GALLERY_MESSAGE_INVALID",
    );
  }
  // A grant for one box is none for another, and a message of one kind is none of another kind.
  expect(await rejectedWith(openForBox(grantMessage, sealed, b, gateway.publicKey))).toBe(
    "GALLERY_MESSAGE_INVALID",
  );
  expect(await rejectedWith(openForBox(standingMessage, sealed, a, gateway.publicKey))).toBe(
    "GALLERY_MESSAGE_INVALID",
  );
});
