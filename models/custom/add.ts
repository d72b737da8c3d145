import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { cropAround } from "../warp.ts";
import { customDetector } from "./detector.ts";
import { CustomEmbedder } from "./embedder.ts";
import type { CustomEntry } from "./entry.ts";
import { CustomNetwork } from "./network.ts";
import { placeNetwork, refuseTaken, type StoredNetwork } from "./store.ts";

/** A network file may not be larger; the largest public embedders are a quarter of it. */
const bytesMax = 1_073_741_824;

export interface AddOptions {
  readonly customDir: string;
  readonly entry: CustomEntry;
  /** A path, or an https address. */
  readonly from: string;
  /** SHA-256 in hexadecimal or base64url. */
  readonly sha256: string;
  readonly licenceAccepted: boolean;
  readonly signal: AbortSignal;
}

/**
 * Adds a network: the licence first, then the digest, then a dry run in the shapes that its entry
 * declares; only then does it have its name. Throws NAME_TAKEN, MODEL_LICENCE_NOT_ACCEPTED,
 * MODEL_SOURCE_MISSING, MODEL_DIGEST_MISMATCH, MODEL_INVALID, DATA_UNWRITABLE; USAGE for a digest
 * that is none.
 */
export async function addNetwork(options: AddOptions): Promise<StoredNetwork> {
  const { customDir, entry, from, licenceAccepted, signal } = options;
  const wanted = readDigest(options.sha256);
  await refuseTaken(customDir, entry.name);
  if (!licenceAccepted) {
    throw new TeburaError(
      "MODEL_LICENCE_NOT_ACCEPTED",
      `${entry.name} comes under ${entry.licence.name}; read its terms, and add --accept-licence if you accept them`,
    );
  }
  const bytes = from.includes("://") ? await download(from, signal) : await readLocal(from);
  const found = digestOf(bytes);
  if (found !== wanted) {
    throw new TeburaError(
      "MODEL_DIGEST_MISMATCH",
      `${from} has the SHA-256 ${Buffer.from(found, "base64url").toString("hex")}, not the one that was given; it is another file`,
    );
  }
  return await placeNetwork(customDir, { entry, sha256: found }, bytes, dryRun);
}

/** Runs the network once on a made picture, as it will be run at the door. Throws MODEL_INVALID. */
async function dryRun(stored: StoredNetwork): Promise<void> {
  const { entry, sha256 } = stored;
  const { side } = entry.input;
  await using network = await CustomNetwork.open(stored);
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 7 + (i >> 5)) % 256);
  const image = { width: side, height: side, data };
  const middle = { x: (side - 1) / 2, y: (side - 1) / 2 };
  const crop = cropAround(middle, side, 0, side);
  if (entry.kind === "embedder") {
    await new CustomEmbedder(network, entry, sha256).describeCrop(image, crop);
  } else {
    await customDetector(network, entry).candidates(image, crop, 0.5);
  }
}

/** SHA-256 as `sha256sum` prints it or in base64url, as base64url. Throws USAGE. */
export function readDigest(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex").toString("base64url");
  if (/^[\w-]{43}$/.test(text)) return text;
  throw new TeburaError("USAGE", "--sha256 takes 64 hexadecimal digits, as sha256sum prints them");
}

async function readLocal(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw new TeburaError("MODEL_SOURCE_MISSING", `${path} cannot be read`, { cause });
  });
}

/** Only https, also after a redirection; the digest decides whether it is the right file. */
async function download(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const fail = (why: string, cause?: unknown) =>
    new TeburaError("MODEL_SOURCE_MISSING", `${url} ${why}`, { cause });
  if (!url.startsWith("https://")) throw fail("is not an https address");
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw fail("cannot be reached", cause);
  });
  if (!response.url.startsWith("https://")) throw fail("leads away from https");
  if (!response.ok || !response.body) throw fail(`answers ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > bytesMax) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw fail("broke off", cause);
  }
  if (length > bytesMax) throw fail("is larger than any network");
  return Buffer.concat(chunks);
}
