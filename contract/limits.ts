import assert from "node:assert/strict";

/** Every limit that two machines must agree on. */
export const limits = {
  /** One sealed event, as compact JWS bytes. */
  eventBytesMax: 16_384,
  /** All that travels beside one event. A step-up with its certificates must fit. */
  evidenceBytesMax: 16_384,
  /** One message on the wire, whatever it is. */
  messageBytesMax: 65_536,
  /** Events that may wait in an appliance's outbox: days of a busy bus with no network. */
  outboxEventsMax: 200_000,
  outboxBytesMax: 4 * 1_024 * 1_024 * 1_024,
  /** How old the oldest of them may become; a gateway knows a nonce for a few days longer. */
  outboxAgeMsMax: 30 * 24 * 3_600_000,
  /** Receipted events that a box keeps, for a gateway that had to be restored from a copy. */
  outboxKeptEventsMax: 20_000,
  /** Events published and not yet receipted, for each device. */
  inFlightMax: 64,
  /** Messages that the embedded broker reads of one connection: so many at once, then so many a second. */
  messagesAtOnceMax: 25_000,
  messagesPerSecondMax: 5_000,
  /** Messages that a gateway holds in memory between the broker and the ledger. */
  ingestQueueMax: 4_096,
  /** Of these, how many may be one device's: whoever floods takes no room from the others. */
  ingestQueuePerDeviceMax: 128,
  /** Nonces that a box may hold for step-ups: three days of a busy door with no network. */
  leasedNoncesMax: 1_024,
  /** People of one service whom one message between galleries names. */
  galleryRowsMax: 64,
  /** Bytes of one sealed part of a gallery, before base64url. */
  envelopeBytesMax: 44_000,
  facesPerFrameMax: 16,
  frameSidePxMax: 7_680,
  imageFileBytesMax: 32 * 1_024 * 1_024,
  nameCharactersMax: 80,
} as const;

assert(limits.eventBytesMax + limits.evidenceBytesMax < limits.messageBytesMax);
assert(limits.outboxEventsMax * limits.eventBytesMax <= limits.outboxBytesMax);
assert(limits.inFlightMax <= limits.ingestQueuePerDeviceMax);
assert(limits.ingestQueuePerDeviceMax < limits.ingestQueueMax);
// Each nonce takes 22 characters and its quotes and comma, and base64url makes four of three.
assert(limits.leasedNoncesMax * 25 * (4 / 3) + 1_024 < limits.messageBytesMax);
// A sealed part travels as the payload of a seal, which makes four bytes of three, beside its header.
assert((limits.envelopeBytesMax + 4_096) * (4 / 3) + 512 < limits.messageBytesMax);
