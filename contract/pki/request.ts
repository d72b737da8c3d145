import { createPublicKey, type KeyObject } from "node:crypto";
import { TeburaError } from "../errors.ts";
import { type KeyPair, signed, spkiOf } from "./certificate-writer.ts";
import { open, readDer, tags } from "./der.ts";
import { readBitBytes, readCount } from "./der-values.ts";
import { inside, integer, nameOf, sequence } from "./der-writer.ts";
import { readAlgorithm } from "./extension-values.ts";
import { verifySignature } from "./signature.ts";

/**
 * A certificate request (PKCS #10, RFC 2986 section 4): a key, and a signature with it that shows that
 * whoever asks has it. Which name the key gets is the authority's word, whatever the request says.
 */
export function writeRequest(key: KeyPair, commonName: string): Uint8Array {
  const body = sequence(integer(0), nameOf(["CN", commonName]), spkiOf(key), inside(0));
  return signed(body, key);
}

/** The key that a request proves to have, P-256 and nothing else. Throws REQUEST_INVALID. */
export function readRequest(der: Uint8Array): KeyObject {
  try {
    const reader = open(readDer(der, "a request"), tags.sequence, "a request");
    const body = reader.take(tags.sequence);
    const algorithm = readAlgorithm(reader.take(tags.sequence));
    const signature = readBitBytes(reader.take(tags.bitString));
    reader.end();
    const info = open(body, tags.sequence, "a request's body");
    const version = readCount(info.take(tags.integer));
    info.take(tags.sequence); // The subject, which is not ours to believe.
    const spki = info.take(tags.sequence).bytes;
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const isOurs = version === 0 && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
    const verdict = verifySignature({ algorithm, spki, data: body.bytes, signature });
    if (isOurs && verdict === "valid") return key;
  } catch {
    // Told below: what is wrong inside it helps nobody but who forged it.
  }
  throw new TeburaError(
    "REQUEST_INVALID",
    "the certificate request is not one for a P-256 key, signed with that key (PKCS #10)",
  );
}
