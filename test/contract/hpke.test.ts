import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hpkeKeyBytes, hpkeSuite, openWith, sealTo } from "#contract/hpke.ts";
import { rejectedWith } from "#test/support/code-of.ts";

const vector = JSON.parse(
  readFileSync(new URL("../vectors/hpke-rfc9180-a.2.1.json", import.meta.url), "utf8"),
) as {
  readonly [key in "info" | "ikmE" | "ikmR" | "pkRm" | "skRm" | "enc" | "pt"]: string;
} & Record<"encryptions" | "exports", Readonly<Record<string, string>>>;

const bytes = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, "hex")).buffer;
const hex = (buffer: ArrayBuffer) => Buffer.from(buffer).toString("hex");
const last = 256;

test("RFC 9180 A.2.1: the sender's encapsulated key, ciphertexts and exported secrets", async () => {
  const recipientPublicKey = await hpkeSuite.kem.deserializePublicKey(bytes(vector.pkRm));
  const info = bytes(vector.info);
  const ekm = bytes(vector.ikmE);
  const sender = await hpkeSuite.createSenderContext({ recipientPublicKey, info, ekm });
  expect(hex(sender.enc)).toBe(vector.enc);
  for (let sequence = 0; sequence <= last; sequence++) {
    const aad = Uint8Array.from(Buffer.from(`Count-${sequence}`)).buffer;
    const ciphertext = hex(await sender.seal(bytes(vector.pt), aad));
    const expected = vector.encryptions[sequence];
    if (expected !== undefined) expect(ciphertext, `sequence ${sequence}`).toBe(expected);
  }
  for (const [context, secret] of Object.entries(vector.exports)) {
    expect(hex(await sender.export(bytes(context), 32))).toBe(secret);
  }
});

test("RFC 9180 A.2.1: the receiver's key from its seed, and what it opens", async () => {
  const { publicKey, privateKey } = await hpkeSuite.kem.deriveKeyPair(bytes(vector.ikmR));
  expect(hex(await hpkeSuite.kem.serializePublicKey(publicKey))).toBe(vector.pkRm);
  const context = { recipientKey: privateKey, enc: bytes(vector.enc), info: bytes(vector.info) };
  const receiver = await hpkeSuite.createRecipientContext(context);
  for (let sequence = 0; sequence <= 2; sequence++) {
    const aad = Uint8Array.from(Buffer.from(`Count-${sequence}`)).buffer;
    const plain = await receiver.open(bytes(vector.encryptions[sequence] ?? ""), aad);
    expect(hex(plain)).toBe(vector.pt);
  }
});

test("our own opening takes the vector's first message", async () => {
  const sealed = Buffer.from(vector.enc + vector.encryptions["0"], "hex");
  const info = Buffer.from(vector.info, "hex").toString("utf8");
  const binding = { info, aad: Buffer.from("Count-0") };
  const plain = await openWith(Buffer.from(vector.skRm, "hex"), sealed, binding);
  expect(Buffer.from(plain).toString("hex")).toBe(vector.pt);
});

const keyOf = (text: string) => Buffer.from(text, "hex");
const binding = { info: "test", aad: Buffer.from("beside") };

test("what is sealed opens as it was, each time under another ephemeral key", async () => {
  const ephemeral = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (plain) => {
      const sealed = await sealTo(keyOf(vector.pkRm), plain, binding);
      ephemeral.add(Buffer.from(sealed.subarray(0, hpkeKeyBytes)).toString("hex"));
      expect(Buffer.from(await openWith(keyOf(vector.skRm), sealed, binding))).toEqual(
        Buffer.from(plain),
      );
    }),
    { numRuns: 40 },
  );
  expect(ephemeral.size).toBe(40);
});

test("one bit, another key, another purpose, another header: nothing opens", async () => {
  const sealed = await sealTo(keyOf(vector.pkRm), Buffer.from("secret"), binding);
  const flaws = await Promise.all([
    ...Array.from({ length: sealed.length }, async (_, at) => {
      const flipped = Uint8Array.from(sealed);
      flipped[at]! ^= 1;
      return await rejectedWith(openWith(keyOf(vector.skRm), flipped, binding));
    }),
    rejectedWith(openWith(Buffer.alloc(32, 7), sealed, binding)),
    rejectedWith(openWith(keyOf(vector.skRm), sealed, { ...binding, info: "other" })),
    rejectedWith(openWith(keyOf(vector.skRm), sealed, { ...binding, aad: Buffer.from("moved") })),
    rejectedWith(openWith(keyOf(vector.skRm), sealed.subarray(0, 20), binding)),
  ]);
  expect(new Set(flaws)).toEqual(new Set(["GALLERY_MESSAGE_INVALID"]));
});
