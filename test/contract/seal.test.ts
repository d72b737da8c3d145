import { generateKeyPairSync, sign } from "node:crypto";
import { compactVerify } from "jose";
import { expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { seal, unseal } from "#contract/seal.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const { privateKey, publicKey } = keyOfSeed(1);
const type = "tebura-event+jws";
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A seal with any header, signed by a key that may sign. */
function sealedWith(header: object, key = privateKey): string {
  const signed = `${base64url(header)}.${base64url({ v: 1 })}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

const verdictOn = async (sealed: string, key = publicKey) =>
  await unseal(type, sealed, "box-1", key).then(
    (payload) => Buffer.from(payload).toString(),
    (error) => errorCodeOf(error) ?? String(error),
  );

const header = { alg: "EdDSA", typ: type, kid: "box-1" };

test("what is sealed opens here, and by a JOSE library that knows nothing of us", async () => {
  const sealed = await seal(type, { v: 1 }, "box-1", privateKey);
  expect(await verdictOn(sealed)).toBe('{"v":1}');
  expect(await verdictOn(sealedWith(header))).toBe('{"v":1}');
  const { payload, protectedHeader } = await compactVerify(sealed, publicKey);
  expect([Buffer.from(payload).toString(), protectedHeader]).toEqual(['{"v":1}', header]);
});

test.each([
  { what: "another purpose", header: { ...header, typ: "tebura-receipt+jws" } },
  { what: "another signer", header: { ...header, kid: "box-2" } },
  { what: "no algorithm", header: { ...header, alg: "none" } },
  { what: "another algorithm's name", header: { ...header, alg: "HS256" } },
  { what: "something critical", header: { ...header, crit: ["exp"], exp: 1 } },
  { what: "a payload that is not encoded", header: { ...header, crit: ["b64"], b64: false } },
])("a header with $what is refused, though its signature holds", async ({ header }) => {
  expect(await verdictOn(sealedWith(header))).toBe("EVENT_SIGNATURE_INVALID");
});

const good = sealedWith(header);
const [first = "", middle = "", last = ""] = good.split(".");
test.each([
  { what: "with padding", sealed: `${good}==` },
  { what: "of four parts", sealed: `${good}.${last}` },
  { what: "of two parts", sealed: `${first}.${middle}` },
  { what: "with a space", sealed: ` ${good}` },
  { what: "with a line after it", sealed: `${good}\n` },
  { what: "with a shorter signature", sealed: good.slice(0, -1) },
  { what: "without a signature", sealed: `${first}.${middle}.` },
  { what: "in ordinary base64", sealed: `${first}.${middle}.${"+/".repeat(43)}` },
  { what: "by another key", sealed: sealedWith(header, keyOfSeed(2).privateKey) },
  { what: "that is nothing", sealed: "" },
])("a seal $what is refused", async ({ sealed }) => {
  expect(await verdictOn(sealed)).toBe("EVENT_SIGNATURE_INVALID");
});

test("a key of another kind opens nothing", async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(await verdictOn(good, publicKey)).toBe("EVENT_SIGNATURE_INVALID");
});
