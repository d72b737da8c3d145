import type { KeyObject } from "node:crypto";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { readEventMessage } from "#contract/event-message.ts";
import { type Event, parseEvent } from "#contract/events.ts";
import { flawOfOpenings, type Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, Digest } from "#contract/ids.ts";
import { claimedKeyId, unseal } from "#contract/seal.ts";

/** An event whose seal holds. Whether it fits the ledger is decided when it is its turn. */
export interface CheckedEvent {
  readonly event: Event;
  readonly digest: Digest;
  readonly sealed: string;
  /** What the event commits to, held to its commitments. */
  readonly openings: readonly Opening[];
}

/**
 * Everything about an event that can be checked from its bytes and the topic it came on, cheapest
 * first, so that a flood of rubbish costs little. Nothing of the payload is read before the
 * signature holds. Throws a TeburaError whose code is the refusal.
 */
export async function checkEvent(
  device: DeviceId,
  bytes: Uint8Array,
  keyOf: (device: DeviceId) => KeyObject | undefined,
): Promise<CheckedEvent> {
  const { sealed, openings } = readEventMessage(bytes);
  const signer = claimedKeyId(sealed);
  if (signer === undefined) throw new TeburaError("EVENT_MALFORMED", "the event is not sealed");
  const key = keyOf(device);
  if (!key) throw new TeburaError("EVENT_DEVICE_UNKNOWN", `${device} is not registered here`);
  const event = parseEvent(await unseal("tebura-event+jws", sealed, device, key));
  if (event.device !== device) {
    throw new TeburaError("EVENT_TOPIC_FOREIGN", "the event names another device than its topic");
  }
  const flaw = flawOfOpenings(event.body, openings);
  if (flaw) throw new TeburaError(flaw, "beside the event is not what it commits to");
  return { event, digest: digestOf(sealed), sealed, openings };
}
