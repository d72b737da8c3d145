import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import { type Certificate, parseCertificate } from "#contract/pki/certificate.ts";
import { type Crl, parseCrl } from "#contract/pki/crl.ts";
import { type CrlShelf, createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { type OcspResponse, parseOcspResponse } from "#contract/pki/ocsp.ts";
import { derObjects } from "#contract/pki/pem.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** What somebody who verifies cards goes by. */
export interface Trust {
  readonly anchors: readonly Certificate[];
  readonly crls: CrlShelf;
  readonly ocsp: readonly OcspResponse[];
}

interface TrustFile {
  /** Size and time of change: what tells that a file was written anew. */
  readonly mark: string;
  readonly anchors: readonly Certificate[];
  readonly crls: readonly Crl[];
  readonly ocsp: readonly OcspResponse[];
}

interface TrustFolderPorts {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
}

const lookAgainMs = 10_000;
/** An authority here has a CRL for each city; this leaves room for several, with their deltas. */
const filesMax = 20_000;
const fileBytesMax = 64 * 1_024 * 1_024;

/**
 * A folder with the trust anchors in `anchors/`, full and delta CRLs in `crls/` and OCSP responses in
 * `ocsp/`, each a DER or PEM file. Whoever fetches new lists writes them there; they count within
 * seconds. A file that cannot be read is reported and counts as absent, which refuses the cards that
 * it concerned and no others.
 */
export class TrustFolder {
  readonly #path: string;
  readonly #ports: TrustFolderPorts;
  #files = new Map<string, TrustFile>();
  #trust: Trust = { anchors: [], crls: createCrlShelf([]), ocsp: [] };
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, ports: TrustFolderPorts) {
    this.#path = path;
    this.#ports = ports;
  }

  /** What the folder holds now; looked at again at most every few seconds. */
  get trust(): Trust {
    const now = this.#ports.clock.monotonic();
    if (now - this.#lookedAt >= lookAgainMs) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#trust;
  }

  /** Reads whatever changed, and sorts anew only then. */
  #look(): void {
    const files = new Map<string, TrustFile>();
    let changed = false;
    for (const [kind, name] of this.#names()) {
      const key = `${kind}/${name}`;
      const known = this.#files.get(key);
      const file = this.#read(kind, key, known);
      if (!file) continue;
      files.set(key, file);
      if (file !== known) changed = true;
    }
    if (!changed && files.size === this.#files.size) return;
    this.#files = files;
    const all = [...files.values()];
    const crls = all.flatMap((file) => file.crls);
    this.#trust = {
      anchors: all.flatMap((file) => file.anchors),
      crls: createCrlShelf(crls),
      ocsp: all.flatMap((file) => file.ocsp),
    };
    const { anchors, ocsp } = this.#trust;
    this.#ports.log("trust.read", {
      ...{ anchors: anchors.length, crls: crls.length, ocsp: ocsp.length },
    });
  }

  #names(): readonly (readonly [Kind, string])[] {
    const found = kinds.flatMap((kind) =>
      namesIn(join(this.#path, kind)).map((name) => [kind, name] as const),
    );
    if (found.length > filesMax) {
      this.#ports.log("trust.too-many-files", { files: found.length, max: filesMax });
    }
    return found.slice(0, filesMax);
  }

  #read(kind: Kind, key: string, known: TrustFile | undefined): TrustFile | undefined {
    try {
      const { mtimeMs, size } = statSync(join(this.#path, key));
      const mark = `${mtimeMs} ${size}`;
      if (known?.mark === mark) return known;
      if (size > fileBytesMax) throw new TeburaError("DER_MALFORMED", "the file is too large");
      return { mark, ...nothing, ...parse(kind, readFileSync(join(this.#path, key))) };
    } catch (error) {
      this.#ports.log("trust.file-unreadable", { file: key, code: errorCodeOf(error) ?? "" });
      return undefined;
    }
  }
}

const kinds = ["anchors", "crls", "ocsp"] as const;
type Kind = (typeof kinds)[number];

const nothing = { anchors: [], crls: [], ocsp: [] } as const;

function parse(kind: Kind, bytes: Uint8Array): Partial<TrustFile> {
  if (kind === "anchors")
    return { anchors: derObjects(bytes, "CERTIFICATE").map(parseCertificate) };
  if (kind === "crls") return { crls: derObjects(bytes, "X509 CRL").map(parseCrl) };
  const reading = parseOcspResponse(bytes);
  return { ocsp: reading.ok ? [reading.response] : [] };
}

/** A folder that is not there holds nothing. Hidden files and half-written ones are not looked at. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith(".") && !name.endsWith(".part"))
      .toSorted();
  } catch {
    return [];
  }
}
