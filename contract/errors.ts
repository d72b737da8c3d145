/**
 * Every failure that a user or another program can meet has one of these codes.
 * The code is stable and is for programs; the sentence beside it is for people.
 */
export type ErrorCode =
  // What somebody configured or typed.
  | "USAGE"
  | "CONFIG_INVALID"
  | "SERVICE_UNKNOWN"
  | "PORT_IN_USE"
  | "BROKER_UNREACHABLE"
  // The data folder.
  | "DATA_UNWRITABLE"
  | "DATA_NEWER_VERSION"
  | "DATA_CORRUPT"
  | "DATA_LOCKED"
  // Models.
  | "MODEL_UNKNOWN"
  | "MODEL_SOURCE_MISSING"
  | "MODEL_DIGEST_MISMATCH"
  | "MODEL_CONVERSION_FAILED"
  | "MODEL_INVALID"
  | "MODEL_ENTRY_INVALID"
  | "MODEL_LICENCE_NOT_ACCEPTED"
  // Images and frame sources.
  | "IMAGE_UNREADABLE"
  | "IMAGE_TOO_LARGE"
  | "SOURCE_NOT_FOUND"
  | "SOURCE_EMPTY"
  | "SOURCE_ENDED_EARLY"
  | "SOURCE_LOST"
  | "FFMPEG_MISSING"
  // Enrolment and the gallery.
  | "FACE_NOT_FOUND"
  | "FACE_AMBIGUOUS"
  | "FACE_QUALITY_LOW"
  | "NAME_TAKEN"
  | "NAME_INVALID"
  | "PERSON_NOT_FOUND"
  | "GALLERY_MODEL_MISMATCH"
  | "GALLERY_CORRUPT"
  | "TEMPLATE_LEAK"
  // Events on their way.
  | "EVENT_OVERSIZED"
  | "EVENT_MALFORMED"
  | "EVENT_VERSION_UNKNOWN"
  | "EVENT_SIGNATURE_INVALID"
  | "EVENT_DEVICE_UNKNOWN"
  | "EVENT_TOPIC_FOREIGN"
  | "EVENT_SEQUENCE_GAP"
  | "EVENT_SEQUENCE_CONFLICT"
  | "EVENT_CHAIN_BROKEN"
  | "RECEIPT_INVALID"
  | "LEASE_INVALID"
  | "OUTBOX_FULL"
  | "LEDGER_BROKEN"
  | "LEDGER_HEAD_INVALID"
  | "LEDGER_HEAD_PENDING"
  | "LEDGER_ENTRY_MISSING"
  // Cards and certificates.
  | "DER_MALFORMED"
  | "CARD_READER_MISSING"
  | "CARD_GONE"
  | "CARD_REFUSED"
  | "CARD_TAKEN"
  | "CARD_NOT_SUPPORTED"
  | "CARD_UNREADABLE"
  | "CARD_PIN_NEEDED"
  | "CARD_PIN_WRONG"
  | "CARD_PIN_LAST_TRY"
  | "CARD_PIN_BLOCKED"
  // Everything else.
  | "TIMEOUT"
  | "STOPPED"
  | "UNREACHABLE";

/** An error with a stable code. The message says what was wrong, where, and what to do. */
export class TeburaError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TeburaError";
    this.code = code;
  }
}

/** The code of a TeburaError, or undefined for anything else that was thrown. */
export function errorCodeOf(error: unknown): ErrorCode | undefined {
  return error instanceof TeburaError ? error.code : undefined;
}
