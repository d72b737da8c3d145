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
  | "KEY_STORE_UNUSABLE"
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
  | "SERVICE_OVER"
  | "FACE_NOT_FOUND"
  | "FACE_AMBIGUOUS"
  | "FACE_QUALITY_LOW"
  | "NAME_TAKEN"
  | "NAME_INVALID"
  | "PERSON_NOT_FOUND"
  | "GALLERY_MODEL_MISMATCH"
  | "GALLERY_CORRUPT"
  | "TEMPLATE_LEAK"
  | "GALLERY_MESSAGE_INVALID"
  | "CONSENT_NEEDED"
  | "ENROLMENT_CLOSED"
  | "ENROLMENT_BUSY"
  | "PERSON_ENROLLED"
  | "CONSENT_REFUSED"
  | "GUARDIAN_ENDED"
  | "CONSENT_OUTLIVES_GUARDIAN"
  | "CONSENT_SIGNATURE_NEEDED"
  | "CARD_OTHER_PERSON"
  | "DELETION_PENDING"
  | "CERTIFICATE_INVALID"
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
  // What an event commits to, beside it.
  | "EVENT_EVIDENCE_MISSING"
  | "EVENT_EVIDENCE_MISMATCH"
  | "EVENT_EVIDENCE_SUPERFLUOUS"
  | "RECEIPT_INVALID"
  | "LEASE_INVALID"
  | "ALLOWANCE_INVALID"
  | "LIST_INVALID"
  | "TIME_INVALID"
  | "OUTBOX_FULL"
  | "LEDGER_BROKEN"
  | "LEDGER_HEAD_INVALID"
  | "LEDGER_HEAD_PENDING"
  | "LEDGER_ENTRY_MISSING"
  // The fleet.
  | "INVITATION_INVALID"
  | "INVITATION_SPENT"
  | "REQUEST_INVALID"
  | "GATEWAY_UNTRUSTED"
  | "GATEWAY_UNREACHABLE"
  | "ORDER_INVALID"
  | "DEVICE_UNKNOWN"
  | "DEVICE_REVOKED"
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
  // A decision that a service's event leans on.
  | "DECISION_MISSING"
  | "DECISION_WITHOUT_CARD"
  | "DECISION_OTHER_PERSON"
  | "DECISION_OTHER_PLACE"
  | "DECISION_NOT_FRESH"
  | "DECISION_SPENT"
  // The policy table.
  | "POLICY_INVALID"
  | "POLICY_OLDER"
  // The subsidised taxi.
  | "TAXI_CATEGORY_UNKNOWN"
  | "TAXI_CATEGORY_NOT_HELD"
  | "TAXI_VEHICLE_FOREIGN"
  | "ENTITLEMENT_UNKNOWN"
  | "ENTITLEMENT_NUMBER_RESERVED"
  | "BOOKING_UNKNOWN"
  | "RIDE_UNKNOWN"
  // Shelters.
  | "SHELTER_UNKNOWN"
  | "EVACUEE_UNKNOWN"
  | "EVACUEE_ELSEWHERE"
  // Medical reception.
  | "MEDICAL_SOURCE_UNSET"
  | "MEDICAL_SOURCE_FAILED"
  | "VISIT_UNKNOWN"
  | "CONSENT_UNKNOWN"
  | "CONSENT_TOO_LONG"
  | "PROXY_UNKNOWN"
  | "PROXY_REFUSED"
  | "CREW_SAME_PERSON"
  | "CREW_SAME_CARD"
  | "CREW_NOT_ADMITTED"
  | "LOOKUP_UNKNOWN"
  | "LOOKUP_REFUSED"
  | "LOOKUP_OVER"
  // Tickets.
  | "PERFORMANCE_UNKNOWN"
  | "TICKETS_SOLD_OUT"
  | "TICKETS_TOO_MANY"
  | "TICKET_UNKNOWN"
  | "TICKET_TAKEN"
  | "TICKET_USED"
  | "TICKET_OTHER_HOLDER"
  | "ENTRY_UNKNOWN"
  | "BOX_OFFICE_LIST_INVALID"
  // School.
  | "CLASS_UNKNOWN"
  | "PUPIL_UNKNOWN"
  | "GUARDIAN_UNKNOWN"
  | "DAY_INVALID"
  | "TIMETABLE_INVALID"
  | "ADDRESS_NOT_ALLOWED"
  | "CALENDAR_UNKNOWN"
  | "CALENDARS_TOO_MANY"
  // Payment.
  | "PAYMENT_DIFFERS"
  | "PAYMENT_NOT_PROVED"
  | "PAYMENT_METHOD_UNAVAILABLE"
  | "PAYMENT_UNKNOWN"
  | "PAYMENT_EXPIRED"
  // The registry of people and who may ask it.
  | "IMPORT_REFUSED"
  | "API_KEY_MISSING"
  | "API_KEY_INVALID"
  | "API_KEY_SCOPE"
  | "API_KEY_UNKNOWN"
  | "RATE_LIMITED"
  // People who sign in.
  | "SIGN_IN_ADDRESS"
  | "SIGN_IN_REFUSED"
  | "SIGN_IN_STALE"
  | "CODE_REFUSED"
  | "SESSION_ENDED"
  | "CROSS_SITE"
  | "SITE_FOREIGN"
  | "ACCOUNT_UNKNOWN"
  | "LAST_ADMINISTRATOR"
  | "LAST_PASSKEY"
  // What somebody asks of the gateway.
  | "ACCESS_DENIED"
  | "TOO_MANY_REQUESTS"
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
