// Checks a proof of `tebura ledger prove` without a line of Tebura's own code: node:crypto alone.
//   node docs/verify-inclusion.mjs PROOF.json gateway.pub [device.pub]
// Exit status 0 when the entry is in the ledger that the gateway signed, 1 when not.
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const fail = (why) => {
  process.stdout.write(`NOT PROVED: ${why.split("\n")[0]}\n`);
  process.exit(1);
};
process.on("uncaughtException", ({ message }) => fail(`unreadable: ${message}`));

/** The payload of a compact JWS (RFC 7515) whose Ed25519 signature holds (RFC 8037). */
function open(jws, type, keyFile) {
  const [header, payload, signature] = jws.split(".");
  const { alg, typ } = JSON.parse(Buffer.from(header, "base64url"));
  if (alg !== "EdDSA" || typ !== type) fail(`not a ${type}`);
  const signed = Buffer.from(`${header}.${payload}`);
  const bytes = Buffer.from(signature, "base64url");
  if (!verify(null, signed, readFileSync(keyFile), bytes)) fail(`${type}: signature`);
  return JSON.parse(Buffer.from(payload, "base64url"));
}

/** RFC 9162 section 2.1.3.2: the root that a leaf and its path lead to. */
function rootFrom(leaf, index, size, path) {
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path.map((text) => Buffer.from(text, "base64url"))) {
    if (last === 0) fail("the path is too long");
    if (node % 2 === 1 || node === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else hash = sha256(Buffer.of(1), hash, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) fail("the path is too short");
  return hash;
}

/** The entry's bytes, as docs/ledger.md lays them out. */
function readEntry(bytes) {
  const label = "tebura-ledger-entry-v1\0";
  if (bytes.toString("latin1", 0, label.length) !== label) fail("not an entry of a ledger");
  const [index, receivedAt, sequence, idBytes] = [0, 8, 16, 24].map((at) =>
    Number(bytes.readBigUInt64BE(label.length + at)),
  );
  const device = label.length + 32;
  const event = device + idBytes;
  const [id, digest, refusal] = [[device, event], [event, event + 43], [event + 86]].map((range) =>
    bytes.toString("latin1", ...range),
  );
  return { index, receivedAt, device: id, sequence, event: digest, ...(refusal && { refusal }) };
}

const [proofFile, gatewayKey, deviceKey] = process.argv.slice(2);
if (!gatewayKey) fail("usage: verify-inclusion.mjs PROOF.json gateway.pub [device.pub]");
const proof = JSON.parse(readFileSync(proofFile, "utf8"));
const head = open(proof.head, "tebura-tree-head+jws", gatewayKey);
const bytes = Buffer.from(proof.entry, "base64url");
const entry = readEntry(bytes);
if (entry.index !== proof.index || entry.index < 1 || entry.index > head.size) fail("the index");
if (sha256(Buffer.from(proof.event)).toString("base64url") !== entry.event) fail("another event");
if (deviceKey) open(proof.event, "tebura-event+jws", deviceKey);
const { body } = JSON.parse(Buffer.from(proof.event.split(".")[1], "base64url"));
const committed = (body.evidence ?? []).flatMap(({ commitment }) => commitment ?? []);
for (const [i, { salt, bytes }] of (proof.evidence ?? []).entries()) {
  const opened = [salt, bytes].map((text) => Buffer.from(text, "base64url"));
  const made = sha256(Buffer.from("tebura-evidence-v1\0"), ...opened);
  if (opened[0].length !== 16 || made.toString("base64url") !== committed[i]) fail("the evidence");
}
const root = rootFrom(sha256(Buffer.of(0), bytes), entry.index - 1, head.size, proof.path);
if (root.toString("base64url") !== head.root) fail("the path does not lead to the signed root");
process.stdout.write(`${JSON.stringify({ proved: true, of: head.size, ...entry })}\n`);
