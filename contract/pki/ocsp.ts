import { createHash } from "node:crypto";
import type { WallMs } from "../ids.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import {
  context,
  contextConstructed,
  type Der,
  elements,
  malformed,
  open,
  readDer,
  tags,
} from "./der.ts";
import { readBitBytes, readCount, readInteger, readOid, readTime } from "./der-values.ts";
import {
  type AlgorithmIdentifier,
  type RawExtension,
  readAlgorithm,
  readExtensions,
  unknownCriticalIn,
} from "./extension-values.ts";
import { type Name, readName } from "./names.ts";
import { oid } from "./oids.ts";

/** Whom a response is about (RFC 6960 section 4.1.1). */
export interface CertId {
  readonly digestOid: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serial: string;
}

interface SingleResponse {
  readonly certId: CertId;
  readonly status: "good" | "revoked" | "unknown";
  readonly revokedAt: WallMs | undefined;
  readonly reason: number | undefined;
  readonly thisUpdate: WallMs;
  readonly nextUpdate: WallMs | undefined;
}

/** A successful basic response, read once and frozen. Nothing of it is believed yet. */
export interface OcspResponse {
  readonly fingerprint: string;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly responder:
    | { readonly by: "name"; readonly name: Name }
    | { readonly by: "key"; readonly sha1: string };
  readonly producedAt: WallMs;
  readonly responses: readonly SingleResponse[];
  readonly nonce: Uint8Array | undefined;
  readonly unknownCritical: readonly string[];
  readonly certificates: readonly Certificate[];
}

export type OcspReading =
  | { readonly ok: true; readonly response: OcspResponse }
  /** The responder answered with an error status, which nobody signs. */
  | { readonly ok: false; readonly code: "OCSP_NOT_SUCCESSFUL"; readonly status: number };

/** Reads one DER OCSPResponse (RFC 6960 section 4.2.1). Throws DER_MALFORMED. */
export function parseOcspResponse(der: Uint8Array): OcspReading {
  const bytes = Uint8Array.from(der);
  const outer = open(readDer(bytes, "an OCSP response"), tags.sequence, "an OCSP response");
  const status = readCount(outer.take(tags.enumerated));
  const wrapped = outer.optional(contextConstructed(0));
  outer.end();
  if (status !== 0) return { ok: false, code: "OCSP_NOT_SUCCESSFUL", status };
  if (!wrapped) throw malformed("a successful OCSP response without its bytes");
  const typed = open(readDer(wrapped.contents, "response bytes"), tags.sequence, "response bytes");
  const type = readOid(typed.take(tags.oid));
  const inner = typed.take(tags.octetString).contents;
  typed.end();
  if (type !== oid.ocspBasic) throw malformed("an OCSP response of an unknown type");
  const fingerprint = createHash("sha256").update(bytes).digest("hex");
  return { ok: true, response: Object.freeze({ fingerprint, ...readBasic(inner) }) };
}

function readBasic(contents: Uint8Array) {
  const reader = open(readDer(contents, "a basic response"), tags.sequence, "a basic response");
  const tbs = reader.take(tags.sequence);
  const signatureAlgorithm = readAlgorithm(reader.take(tags.sequence));
  const signature = readBitBytes(reader.take(tags.bitString));
  const wrapped = reader.optional(contextConstructed(0));
  reader.end();
  const sequence = wrapped && readDer(wrapped.contents, "responder certificates");
  if (sequence && sequence.tag !== tags.sequence) throw malformed("responder certificates");
  const certificates = sequence
    ? elements(sequence.contents, "responder certificates", 0).map((one) =>
        parseCertificate(one.bytes),
      )
    : [];
  return { tbs: tbs.bytes, signatureAlgorithm, signature, certificates, ...readTbs(tbs) };
}

function readTbs(tbs: Der) {
  const reader = open(tbs, tags.sequence, "response data");
  const version = reader.optional(contextConstructed(0));
  if (version && readCount(readDer(version.contents, "a version")) !== 0) {
    throw malformed("response data of an unknown version");
  }
  const responder = readResponder(reader.next());
  const producedAt = readTime(reader.take(tags.generalizedTime));
  const responses = elements(reader.take(tags.sequence).contents, "responses").map(readSingle);
  const wrapped = reader.optional(contextConstructed(1));
  reader.end();
  const extensions: ReadonlyMap<string, RawExtension> = wrapped
    ? readExtensions(readDer(wrapped.contents, "response extensions"))
    : new Map();
  const nonce = extensions.get(oid.ocspNonce);
  return {
    responder,
    producedAt,
    responses: responses.map((one) => one.single),
    nonce: nonce && readNonce(nonce.value),
    unknownCritical: [
      ...unknownCriticalIn(extensions, new Set([oid.ocspNonce])),
      ...responses.flatMap((one) => one.unknown),
    ],
  };
}

/** RFC 8954: an OCTET STRING inside the extension's own. */
function readNonce(value: Uint8Array): Uint8Array {
  const element = readDer(value, "a nonce");
  if (element.tag !== tags.octetString) throw malformed("a nonce is no octet string");
  return element.contents;
}

function readResponder(element: Der): OcspResponse["responder"] {
  const inner = readDer(element.contents, "a responder");
  if (element.tag === contextConstructed(1)) return { by: "name", name: readName(inner) };
  if (element.tag !== contextConstructed(2) || inner.tag !== tags.octetString) {
    throw malformed("a responder is neither a name nor a key");
  }
  return { by: "key", sha1: Buffer.from(inner.contents).toString("hex") };
}

function readSingle(element: Der): { single: SingleResponse; unknown: readonly string[] } {
  const reader = open(element, tags.sequence, "a single response");
  const certId = readCertId(reader.take(tags.sequence));
  const state = readState(reader.next());
  const thisUpdate = readTime(reader.take(tags.generalizedTime));
  const next = reader.optional(contextConstructed(0));
  const wrapped = reader.optional(contextConstructed(1));
  reader.end();
  const extensions = wrapped && readExtensions(readDer(wrapped.contents, "response extensions"));
  const nextUpdate = next && readTime(readDer(next.contents, "a next update"));
  return {
    single: Object.freeze({ certId, ...state, thisUpdate, nextUpdate }),
    unknown: extensions ? unknownCriticalIn(extensions, new Set()) : [],
  };
}

function readState(element: Der): Pick<SingleResponse, "status" | "revokedAt" | "reason"> {
  const none = { revokedAt: undefined, reason: undefined };
  switch (element.tag) {
    case context(0):
      return { status: "good", ...none };
    case context(2):
      return { status: "unknown", ...none };
    case contextConstructed(1): {
      const reader = open(element, contextConstructed(1), "a revocation");
      const revokedAt = readTime(reader.take(tags.generalizedTime));
      const reason = reader.optional(contextConstructed(0));
      reader.end();
      return {
        status: "revoked",
        revokedAt,
        reason: reason && readCount(readDer(reason.contents, "a reason")),
      };
    }
    default:
      throw malformed("a certificate's status is of no known kind");
  }
}

function readCertId(element: Der): CertId {
  const reader = open(element, tags.sequence, "a certificate identifier");
  const digestOid = readAlgorithm(reader.take(tags.sequence)).oid;
  const issuerNameHash = reader.take(tags.octetString).contents;
  const issuerKeyHash = reader.take(tags.octetString).contents;
  const serial = readInteger(reader.take(tags.integer));
  reader.end();
  return { digestOid, issuerNameHash, issuerKeyHash, serial };
}
