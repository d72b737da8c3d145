import type { Problem } from "./problem.ts";

export const encodings = ["utf-8", "utf-16le", "shift_jis"] as const;
export type Encoding = (typeof encodings)[number];

export interface Decoded {
  readonly text: string;
  readonly encoding: Encoding;
  readonly problems: readonly Problem[];
}

const lineFeed = 0x0a;

/**
 * The text of a file: by its byte-order mark, else as UTF-8 where it is that throughout, else as
 * Shift_JIS (Windows code page 31J, which is what Japanese office programs write). Lines that do not
 * fit are reported one by one; neither encoding ever has a line feed inside a character.
 */
export function decodeText(bytes: Uint8Array, wanted?: Encoding): Decoded {
  const encoding = wanted ?? marked(bytes) ?? (fits(bytes, "utf-8") ? "utf-8" : "shift_jis");
  const text = decoded(bytes, encoding);
  if (text !== undefined) return { text, encoding, problems: [] };
  if (encoding === "utf-16le") {
    const message = `the file is not UTF-16 throughout; save it as "CSV UTF-8"`;
    return {
      ...{ text: "", encoding },
      problems: [{ line: 1, column: null, code: "FILE_ENCODING", message }],
    };
  }
  const what = wanted ? `not ${wanted}` : "neither UTF-8 nor Shift_JIS";
  return { ...byLines(bytes, encoding, what), encoding };
}

function marked(bytes: Uint8Array): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  return bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : undefined;
}

function fits(bytes: Uint8Array, encoding: Encoding): boolean {
  return decoded(bytes, encoding) !== undefined;
}

/** The decoder drops the byte-order mark itself. */
function decoded(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A bad line becomes an empty one, so that the others keep their numbers. */
function byLines(bytes: Uint8Array, encoding: Encoding, what: string) {
  const lines: string[] = [];
  const problems: Problem[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(lineFeed, start);
    const stop = end < 0 ? bytes.length : end;
    const line = decoded(bytes.subarray(start, stop), encoding);
    lines.push(line ?? "");
    if (line === undefined) {
      problems.push({
        ...{ line: lines.length, column: null, code: "FILE_ENCODING" },
        message: `the line is ${what}; save the file as "CSV UTF-8"`,
      });
    }
    start = stop + 1;
  }
  return { text: lines.join("\n"), problems };
}
