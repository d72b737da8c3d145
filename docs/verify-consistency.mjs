// Checks a proof of `tebura ledger consistency` without a line of Tebura's own code: node:crypto alone.
//   node docs/verify-consistency.mjs PROOF.json gateway.pub
// Exit status 0 when the older head's entries are the beginning of the newer head's, 1 when not.
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const node = (left, right) =>
  createHash("sha256")
    .update(Buffer.concat([Buffer.of(1), left, right]))
    .digest();
const fail = (why) => {
  process.stdout.write(`NOT CONSISTENT: ${why.split("\n")[0]}\n`);
  process.exit(1);
};
process.on("uncaughtException", ({ message }) => fail(`unreadable: ${message}`));

/** A signed tree head: a compact JWS (RFC 7515) under Ed25519 (RFC 8037). */
function openHead(jws, keyFile) {
  const [header, payload, signature] = jws.split(".");
  const { alg, typ } = JSON.parse(Buffer.from(header, "base64url"));
  if (alg !== "EdDSA" || typ !== "tebura-tree-head+jws") fail("not a tree head");
  const key = readFileSync(keyFile);
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify(null, signed, key, Buffer.from(signature, "base64url"))) fail("a head's signature");
  const { size, root } = JSON.parse(Buffer.from(payload, "base64url"));
  return { size, root: Buffer.from(root, "base64url") };
}

/** RFC 9162 section 2.1.4.2. */
function holds(older, newer, path) {
  if (older.size === newer.size) return path.length === 0 && older.root.equals(newer.root);
  if (older.size > newer.size || path.length === 0) return false;
  const [seed, ...rest] = Number.isInteger(Math.log2(older.size)) ? [older.root, ...path] : path;
  let [at, last] = [older.size - 1, newer.size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [old, now] = [seed, seed];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [old, now] = [node(sibling, old), node(sibling, now)];
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else now = node(now, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && old.equals(older.root) && now.equals(newer.root);
}

const [proofFile, gatewayKey] = process.argv.slice(2);
if (!gatewayKey) fail("usage: verify-consistency.mjs PROOF.json gateway.pub");
const proof = JSON.parse(readFileSync(proofFile, "utf8"));
const [older, newer] = [proof.older, proof.newer].map((head) => openHead(head, gatewayKey));
const path = proof.path.map((hash) => Buffer.from(hash, "base64url"));
if (!holds(older, newer, path)) fail("the older entries are not the beginning of the newer ones");
process.stdout.write(`${JSON.stringify({ consistent: true, from: older.size, to: newer.size })}\n`);
