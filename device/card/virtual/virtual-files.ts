import type { KeyPair } from "#contract/pki/certificate-writer.ts";
import type { CardAttributes } from "../text-application.ts";

/** What lies on a trial card: certificates in DER and the keys behind them. */
export interface VirtualCardContents {
  readonly authentication: CardKey;
  /** Somebody under 15 has none, and neither has an adult ward. */
  readonly signature?: CardKey;
  /** What the text application tells after its PIN; the trial card's is nobody's. */
  readonly attributes: CardAttributes & { readonly pin: string };
  /** The photograph that the card shows after number B; a card without one has no such application. */
  readonly face?: { readonly photograph: Uint8Array; readonly numberB: string };
  /** Four bytes that a reader answers for any contactless card. */
  readonly uid: Uint8Array;
}

export interface CardKey {
  readonly certificate: Uint8Array;
  readonly authority: Uint8Array;
  /** RSA-2048. */
  readonly key: KeyPair;
  /** ASCII: four digits, or the 6 to 16 characters of the signing password. */
  readonly pin: string;
}

/** What a PIN of the card protects. */
export type Purpose = "authentication" | "signature" | "text" | "face";

/** What a card does with one of its files. */
export type CardFile =
  | { readonly kind: "data"; readonly bytes: Uint8Array; readonly needs?: Purpose }
  | { readonly kind: "pin"; readonly purpose: Purpose; readonly secret: string }
  | { readonly kind: "key"; readonly purpose: Purpose; readonly key: CardKey["key"] };

/** Applications by their identifiers in hexadecimal, each with its files by their numbers. */
export type CardFiles = ReadonlyMap<string, ReadonlyMap<number, CardFile>>;

/** Lays out a trial card as public clients of the real one know it (JPKI and the text application). */
export function filesOf(contents: VirtualCardContents, isLying: boolean): CardFiles {
  const { authentication, signature, attributes } = contents;
  const shown = isLying ? longer(authentication.certificate) : authentication.certificate;
  const jpki = new Map<number, CardFile>([
    [0x0006, data(Buffer.from("JPKIAPICCTOKEN2".padEnd(32, " ")))],
    [0x0008, data(Buffer.of(0x8f, signature ? 0x8f : 0x00, 0x00))],
    [0x000a, data(shown)],
    [0x000b, data(authentication.authority)],
    [0x0017, { kind: "key", purpose: "authentication", key: authentication.key }],
    [0x0018, { kind: "pin", purpose: "authentication", secret: authentication.pin }],
  ]);
  if (signature) {
    jpki.set(0x0001, { ...data(signature.certificate), needs: "signature" });
    jpki.set(0x0002, data(signature.authority));
    jpki.set(0x001a, { kind: "key", purpose: "signature", key: signature.key });
    jpki.set(0x001b, { kind: "pin", purpose: "signature", secret: signature.pin });
  }
  const text = new Map<number, CardFile>([
    [0x0002, { ...data(textOf(attributes)), needs: "text" }],
    [0x0011, { kind: "pin", purpose: "text", secret: attributes.pin }],
  ]);
  const applications = new Map([
    ["d392f000260100000001", jpki],
    ["d3921000310001010408", text],
  ]);
  const { face } = contents;
  if (!face) return applications;
  const visual = new Map<number, CardFile>([
    [0x0002, { ...data(faceOf(face.photograph)), needs: "face" }],
    [0x0012, { kind: "pin", purpose: "face", secret: face.numberB }],
  ]);
  return applications.set("d3921000310001010402", visual);
}

const data = (bytes: Uint8Array) => ({ kind: "data", bytes }) as const;

/** A certificate whose length field promises 64 bytes more than there are. */
function longer(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der);
  bytes.writeUInt16BE(bytes.readUInt16BE(2) + 64, 2);
  return bytes;
}

/** FF20 holds name, address, birth date and sex as DF22 to DF25, after a table that nobody needs. */
function textOf({ name, address, birthDate, sex }: VirtualCardContents["attributes"]): Uint8Array {
  const fields = [name, address, birthDate, sex].map((text, index) =>
    object([0xdf, 0x22 + index], Buffer.from(text, "utf8")),
  );
  return object([0xff, 0x20], Buffer.concat([object([0xdf, 0x21], Buffer.alloc(8)), ...fields]));
}

/** FF20 holds the photograph as DF27, among others that stand here as empty objects. */
function faceOf(photograph: Uint8Array): Uint8Array {
  const birth = object([0xdf, 0x22], Buffer.alloc(0));
  return object([0xff, 0x20], Buffer.concat([birth, object([0xdf, 0x27], photograph)]));
}

function object(tag: readonly number[], value: Uint8Array): Uint8Array {
  const { length } = value;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(...tag, ...size), value]);
}
