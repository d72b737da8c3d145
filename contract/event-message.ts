import { TeburaError } from "./errors.ts";
import type { Opening } from "./evidence-commitment.ts";
import { limits } from "./limits.ts";

/** What travels on an event's topic: the event as it was sealed, and beside it what it commits to. */
export interface EventMessage {
  /** Compact JWS. */
  readonly sealed: string;
  readonly openings: readonly Opening[];
}

/** The event on a line, and each opening on one of its own after it: salt, a dot, bytes. No line at the end. */
export function writeEventMessage({ sealed, openings }: EventMessage): string {
  return [sealed, ...openings.map(writeOpening)].join("\n");
}

/**
 * Takes a message apart and believes nothing of it. Throws EVENT_OVERSIZED or EVENT_MALFORMED. An opening has
 * one spelling alone, so that what is kept is what was sent.
 */
export function readEventMessage(bytes: Uint8Array): EventMessage {
  const { eventBytesMax, evidenceBytesMax } = limits;
  const end = bytes.indexOf(lineEnd);
  const eventBytes = end < 0 ? bytes.length : end;
  if (eventBytes > eventBytesMax) throw oversized("event", eventBytes, eventBytesMax);
  const besideBytes = bytes.length - eventBytes;
  if (besideBytes > evidenceBytesMax)
    throw oversized("evidence beside it", besideBytes, evidenceBytesMax);
  const [sealed = "", ...lines] = Buffer.from(bytes).toString("latin1").split("\n");
  return { sealed, openings: lines.map(readOpening) };
}

/** One opening as text, as it travels and is kept. */
export function writeOpening({ salt, bytes }: Opening): string {
  return `${salt}.${bytes}`;
}

/** Throws EVENT_MALFORMED for what `writeOpening` never wrote. */
export function readOpening(line: string): Opening {
  const [, salt, bytes] = /^([\w-]{22})\.([\w-]+)$/.exec(line) ?? [];
  if (salt !== undefined && bytes !== undefined && isPlain(salt) && isPlain(bytes)) {
    return { salt, bytes };
  }
  throw new TeburaError("EVENT_MALFORMED", "what is beside the event is no evidence");
}

const lineEnd = "\n".charCodeAt(0);

/** Nothing that decodes to the same bytes as another text. */
const isPlain = (text: string) => Buffer.from(text, "base64url").toString("base64url") === text;

function oversized(what: string, bytes: number, bytesMax: number): TeburaError {
  return new TeburaError(
    "EVENT_OVERSIZED",
    `the ${what} has ${bytes} bytes; ${bytesMax} are allowed`,
  );
}
