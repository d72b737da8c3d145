import * as z from "zod";
import { deviceIdSchema, pseudonymSchema, wallMsSchema } from "./ids.ts";
import { serviceSchema } from "./services.ts";

/** A single-use number that the gateway leased to one device: 16 random bytes in base64url. */
export const nonceSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "16 bytes in base64url");

/**
 * What a card signs when a face is not enough. It names everything that a signature could be carried
 * away from: the device, the event that asked, the service, the person, the moment and, by the
 * nonce, the one use. `type` keeps it apart from whatever else the same key may ever sign.
 */
export const statementSchema = z.strictObject({
  type: z.literal("tebura-step-up"),
  v: z.literal(1),
  device: deviceIdSchema,
  /** Sequence, on this device, of the event that asked for the card. */
  event: z.int().min(1),
  service: serviceSchema,
  person: pseudonymSchema,
  nonce: nonceSchema,
  at: wallMsSchema,
});
export type StepUpStatement = z.infer<typeof statementSchema>;

const keysInOrder = Object.keys(statementSchema.shape) as readonly (keyof StepUpStatement)[];

/** The one encoding of a statement: UTF-8 JSON without spaces, keys in the order of the schema. */
export function encodeStatement(statement: StepUpStatement): Uint8Array {
  const ordered = keysInOrder.map((key) => [key, statement[key]] as const);
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(ordered)));
}

export type StatementCode =
  | "STATEMENT_MALFORMED"
  | "STATEMENT_DUPLICATE_KEY"
  | "STATEMENT_NOT_CANONICAL";

export type StatementReading =
  | { readonly ok: true; readonly statement: StepUpStatement }
  | { readonly ok: false; readonly code: StatementCode };

/**
 * Reads a statement whose signature already holds. JSON has many spellings of one value and readers
 * disagree over duplicate keys, so only the very bytes that `encodeStatement` makes are taken.
 */
export function parseStatement(bytes: Uint8Array): StatementReading {
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: "STATEMENT_MALFORMED" };
  }
  const parsed = statementSchema.safeParse(value);
  if (!parsed.success) return { ok: false, code: "STATEMENT_MALFORMED" };
  const statement = Object.freeze(parsed.data);
  if (Buffer.from(encodeStatement(statement)).equals(bytes)) return { ok: true, statement };
  // No value of the schema can hold a quote, so each match is a key.
  const keys = [...text.matchAll(/"([^"]*)"\s*:/g)].map((match) => match[1]);
  const duplicate = new Set(keys).size < keys.length;
  return { ok: false, code: duplicate ? "STATEMENT_DUPLICATE_KEY" : "STATEMENT_NOT_CANONICAL" };
}
