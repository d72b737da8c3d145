/** A proof as the gateway gives it, with the keys that it is checked with. */
export interface ProofAnswer {
  readonly proof: {
    readonly event: string;
    readonly entry: string;
    readonly index: number;
    readonly path: readonly string[];
    readonly head: string;
  };
  readonly gatewayKey: string;
  readonly deviceKey: string | null;
}

export type CheckName = "event" | "device" | "path" | "head";
export type Verdict = "holds" | "fails" | "not-checked";

export interface ProofFacts {
  readonly index: number;
  readonly device: string;
  readonly sequence: number;
  readonly size: number;
  readonly headAt: number;
  readonly checks: Readonly<Record<CheckName, Verdict>>;
}

/**
 * Checks a proof in this browser, from its bytes, as docs/verify-inclusion.mjs does: the digest of the
 * event, the box's signature, the path to the root (RFC 9162, 2.1.3.2) and the gateway's signature over it.
 * Throws where the browser does no cryptography: on an address without TLS that is not this machine.
 */
export async function checkProof({
  proof,
  gatewayKey,
  deviceKey,
}: ProofAnswer): Promise<ProofFacts> {
  const bytes = bytesOf(proof.entry);
  const entry = readEntry(bytes);
  const head = payloadOf(proof.head) as { size: number; root: string; at: number };
  const leaf = await sha256(new Uint8Array([0]), bytes);
  const path = proof.path.map(bytesOf);
  const root = await rootFrom(leaf, entry.index - 1, head.size, path);
  const eventDigest = textOf(await sha256(new TextEncoder().encode(proof.event)));
  return {
    ...{ index: entry.index, device: entry.device, sequence: entry.sequence },
    ...{ size: head.size, headAt: head.at },
    checks: {
      event: eventDigest === entry.event && entry.index === proof.index ? "holds" : "fails",
      device: deviceKey ? await signed(proof.event, deviceKey) : "not-checked",
      path: root !== undefined && textOf(root) === head.root ? "holds" : "fails",
      head: await signed(proof.head, gatewayKey),
    },
  };
}

const label = "tebura-ledger-entry-v1\0";

/** The entry's bytes, as docs/ledger.md lays them out. */
function readEntry(bytes: Uint8Array<ArrayBuffer>) {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.startsWith(label)) throw new Error("not an entry of a ledger");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [index = 0, , sequence = 0, idBytes = 0] = [0, 8, 16, 24].map((at) =>
    Number(view.getBigUint64(label.length + at)),
  );
  const from = label.length + 32;
  const event = from + idBytes;
  return { index, sequence, device: text.slice(from, event), event: text.slice(event, event + 43) };
}

async function rootFrom(
  leaf: Uint8Array<ArrayBuffer>,
  index: number,
  size: number,
  path: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let [node, last, hash] = [index, size - 1, leaf];
  const one = new Uint8Array([1]);
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      hash = await sha256(one, sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else hash = await sha256(one, hash, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : undefined;
}

async function sha256(
  ...parts: readonly Uint8Array<ArrayBuffer>[]
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await crypto.subtle.digest("SHA-256", await new Blob([...parts]).arrayBuffer()),
  );
}

/** A compact JWS (RFC 7515) under an Ed25519 key; browsers that know no Ed25519 leave it unchecked. */
async function signed(jws: string, spki: string): Promise<Verdict> {
  const [header = "", payload = "", signature = ""] = jws.split(".");
  try {
    const key = await crypto.subtle.importKey("spki", bytesOf(spki), "Ed25519", false, ["verify"]);
    const bytes = new TextEncoder().encode(`${header}.${payload}`);
    const holds = await crypto.subtle.verify("Ed25519", key, bytesOf(signature), bytes);
    return holds ? "holds" : "fails";
  } catch {
    return "not-checked";
  }
}

function payloadOf(jws: string): unknown {
  return JSON.parse(new TextDecoder().decode(bytesOf(jws.split(".")[1] ?? "")));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
