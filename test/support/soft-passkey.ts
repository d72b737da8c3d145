import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** The least of CBOR (RFC 8949) that an attestation without a statement needs. */
function cbor(value: number | string | Uint8Array | ReadonlyMap<number | string, unknown>): Buffer {
  const head = (major: number, count: number) =>
    count < 24
      ? Buffer.of((major << 5) | count)
      : count < 256
        ? Buffer.of((major << 5) | 24, count)
        : Buffer.of((major << 5) | 25, count >> 8, count & 255);
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") {
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const pairs = [...value].flatMap(([key, each]) => [cbor(key), cbor(each as never)]);
  return Buffer.concat([head(5, value.size), ...pairs]);
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const digest = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();

interface Asked {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id?: string };
  readonly user?: { readonly id: string };
}

/**
 * An authenticator that is a program (WebAuthn level 3, section 6), for what no browser does: an answer
 * given twice, a counter that goes back, another origin, nobody touching it.
 */
export class SoftPasskey {
  readonly id = base64url(randomBytes(32));
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #origin: string;
  counter = 0;
  #userHandle = "";

  constructor(origin: string) {
    this.#origin = origin;
  }

  create({ challenge, rp, user }: Asked) {
    this.#userHandle = user?.id ?? "";
    const { x, y } = this.#keys.publicKey.export({ format: "jwk" });
    const coordinate = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
    const cose = new Map<number, unknown>([
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as const),
      [-2, coordinate(x)],
      [-3, coordinate(y)],
    ]);
    const id = Buffer.from(this.id, "base64url");
    const length = Buffer.of(id.length >> 8, id.length & 255);
    const data = [this.#authData(rp?.id ?? "", 0x45), Buffer.alloc(16), length, id, cbor(cose)];
    const attestation = new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", Buffer.concat(data)],
    ]);
    const clientDataJSON = this.#clientData("webauthn.create", challenge);
    return {
      ...{ id: this.id, rawId: this.id, type: "public-key", clientExtensionResults: {} },
      response: { clientDataJSON, attestationObject: base64url(cbor(attestation)) },
    };
  }

  /** All but the challenge as a liar would set them. */
  get(
    { challenge, rpId }: Asked,
    lie: {
      readonly counter?: number;
      readonly flags?: number;
      readonly userHandle?: string;
      readonly origin?: string;
    } = {},
  ) {
    const { counter = this.counter + 1, flags = 0x05, userHandle = this.#userHandle } = lie;
    this.counter = counter;
    const data = this.#authData(rpId ?? "", flags);
    const clientDataJSON = this.#clientData("webauthn.get", challenge, lie.origin);
    const signed = Buffer.concat([data, digest(Buffer.from(clientDataJSON, "base64url"))]);
    const signature = base64url(sign("sha256", signed, this.#keys.privateKey));
    return {
      ...{ id: this.id, rawId: this.id, type: "public-key", clientExtensionResults: {} },
      response: { clientDataJSON, authenticatorData: base64url(data), signature, userHandle },
    };
  }

  #authData(rpId: string, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([digest(rpId), Buffer.of(flags), counter]);
  }

  #clientData(type: string, challenge: string, origin = this.#origin): string {
    return base64url(Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })));
  }
}
