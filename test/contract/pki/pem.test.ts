import { expect, test } from "vitest";
import { derObjects } from "#contract/pki/pem.ts";
import { makeAuthority } from "#test/support/card-hierarchy.ts";

const generations = ["2015", "2019"].map((label) => Buffer.from(makeAuthority(label).der));
const block = (der: Buffer, newline = "\n") =>
  [
    "-----BEGIN CERTIFICATE-----",
    ...(der.toString("base64").match(/.{1,64}/g) ?? []),
    "-----END CERTIFICATE-----",
  ].join(newline);
const [first, second] = generations as [Buffer, Buffer];

test.each([
  { name: "one DER object", bytes: first, expected: [first] },
  {
    name: "two PEM blocks with text around",
    bytes: Buffer.from(`2015\n${block(first)}\n2019\n${block(second)}\n`),
    expected: [first, second],
  },
  {
    name: "PEM with the line ends of Windows",
    bytes: Buffer.from(block(first, "\r\n")),
    expected: [first],
  },
])("a file is read: $name", ({ bytes, expected }) => {
  expect(derObjects(bytes, "CERTIFICATE").map((der) => Buffer.from(der))).toEqual(expected);
});

test.each([
  { name: "nothing", text: "" },
  { name: "another label", text: block(first).replaceAll("CERTIFICATE", "PRIVATE KEY") },
  { name: "a block without its end", text: block(first).slice(0, -20) },
  { name: "a character that is no base64", text: block(first).replace("MII", "M!II") },
  { name: "an empty block", text: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----" },
])("a file is refused: $name", ({ text }) => {
  expect(() => derObjects(Buffer.from(text), "CERTIFICATE")).toThrow(/not valid DER/);
});
