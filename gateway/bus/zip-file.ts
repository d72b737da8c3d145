import { crc32, inflateRawSync } from "node:zlib";
import { TeburaError } from "#contract/errors.ts";

// ZIP, APPNOTE.TXT 6.3: end of central directory (4.3.16), central directory header (4.3.12), local file
// header (4.3.7). A GTFS feed needs neither ZIP64 nor encryption.
const endSignature = 0x0605_4b50;
const centralSignature = 0x0201_4b50;
const localSignature = 0x0403_4b50;
const endBytes = 22;
const commentBytesMax = 65_535;
const isEncrypted = 0x1;
const methods = { stored: 0, deflated: 8 } as const;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/** The files of a zip by their names. Throws CONFIG_INVALID for what is no zip. */
export class ZipFile {
  readonly #bytes: Buffer;
  readonly #entries = new Map<string, Entry>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
    const isEnd = end >= bytes.length - endBytes - commentBytesMax && end >= 0;
    if (!isEnd || bytes.length < end + endBytes || bytes.readUInt32LE(end) !== endSignature) {
      throw invalid("it is no zip file");
    }
    let at = bytes.readUInt32LE(end + 16);
    for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
      if (at + 46 > end || bytes.readUInt32LE(at) !== centralSignature) {
        throw invalid("its directory is damaged");
      }
      const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
      const name = bytes.toString("utf8", at + 46, nameEnd);
      const open = (bytes.readUInt16LE(at + 8) & isEncrypted) === 0;
      this.#entries.set(name, {
        ...{ name, method: open ? bytes.readUInt16LE(at + 10) : -1 },
        ...{ crc: bytes.readUInt32LE(at + 16), packed: bytes.readUInt32LE(at + 20) },
        ...{ size: bytes.readUInt32LE(at + 24), at: bytes.readUInt32LE(at + 42) },
      });
      at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** A file's bytes, at most `bytesMax` of them; undefined for a name that is not there. */
  read(name: string, bytesMax: number): Buffer | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    if (entry.size > bytesMax) throw invalid(`${name} is too large`);
    const bytes = this.#unpacked(entry);
    if (bytes?.length === entry.size && crc32(bytes) === entry.crc) return bytes;
    throw invalid(`${name} in it is damaged, or packed in a way that is not known here`);
  }

  #unpacked({ method, at, packed, size }: Entry): Buffer | undefined {
    const bytes = this.#bytes;
    if (at + 30 > bytes.length || bytes.readUInt32LE(at) !== localSignature) return undefined;
    const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    const content = bytes.subarray(from, from + packed);
    if (method === methods.stored) return content;
    if (method !== methods.deflated) return undefined;
    try {
      // One byte more than the directory says: whatever unpacks to more is stopped there.
      return inflateRawSync(content, { maxOutputLength: size + 1 });
    } catch {
      return undefined;
    }
  }
}

const invalid = (why: string) =>
  new TeburaError("CONFIG_INVALID", `a zip file cannot be read: ${why}`);
