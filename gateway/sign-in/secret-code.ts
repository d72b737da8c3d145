import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** Crockford's Base32: no I, L, O or U, so that a code read aloud or copied by hand stays itself. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const handleCharacters = 4;
const secretCharacters = 16;
const groupCharacters = 4;

/** 16 MiB and some 40 ms for each try. The secret holds 80 random bits, so more would buy nothing. */
const cost = { N: 16_384, r: 8, p: 1 } as const;
const saltBytes = 16;
const digestBytes = 32;

/** A code that is typed by hand: `handle` finds it and is no secret, the rest proves it. */
interface SecretCode {
  readonly handle: string;
  /** Shown once, in groups of four: `K7QM-3F8P-…`. */
  readonly text: string;
  readonly kept: KeptCode;
}

/** What stays of a code. */
export interface KeptCode {
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/** What somebody typed, taken apart; undefined for what is no code. */
interface TypedCode {
  readonly handle: string;
  readonly secret: string;
}

export async function makeCode(): Promise<SecretCode> {
  const letters = [...randomBytes(handleCharacters + secretCharacters)].map(
    (byte) => alphabet[byte & 31]!,
  );
  const plain = letters.join("");
  const handle = plain.slice(0, handleCharacters);
  const salt = randomBytes(saltBytes);
  const digest = await digestOf(plain.slice(handleCharacters), salt);
  const groups = plain.match(new RegExp(`.{${groupCharacters}}`, "g")) ?? [];
  return { handle, text: groups.join("-"), kept: { salt, digest } };
}

/** Reads a code as people type it: in any case and width, with or without hyphens, O for 0, I for 1. */
export function readCode(typed: string): TypedCode | undefined {
  const plain = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Dash_Punctuation}ー−]/gu, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  if (plain.length !== handleCharacters + secretCharacters) return undefined;
  if ([...plain].some((letter) => !alphabet.includes(letter))) return undefined;
  return { handle: plain.slice(0, handleCharacters), secret: plain.slice(handleCharacters) };
}

/** Whether a code is the kept one. Takes as long where there is none, or where nothing was readable. */
export async function codeProves(
  typed: TypedCode | undefined,
  kept: KeptCode | undefined,
): Promise<boolean> {
  const { salt, digest } = kept ?? nothingKept;
  const made = await digestOf(typed?.secret ?? "", salt);
  return timingSafeEqual(made, digest) && kept !== undefined && typed !== undefined;
}

const nothingKept: KeptCode = {
  salt: Buffer.alloc(saltBytes),
  digest: Buffer.alloc(digestBytes),
};

async function digestOf(secret: string, salt: Uint8Array): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(secret, salt, digestBytes, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
