import type { EventRef } from "#contract/bodies/event-ref.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { ErrorCode } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Recorded } from "./desk.ts";

/** A refusal is an answer that a clerk gets every day, and no failure. */
export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
}

export type Answer<Given> = ({ readonly ok: true } & Given) | Refusal;

export const refusal = (code: ErrorCode, message: string): Refusal => ({
  ok: false,
  code,
  message,
});

/** What a service's desk needs of the gateway. */
export interface ServiceDeskPorts {
  readonly clock: { wall(): WallMs };
  /** Resolves when the event is on disk and in every view. */
  record(body: EventBody): Promise<Recorded>;
}

/** Records an event and says which one it is. */
export async function recordedRef(
  ports: Pick<ServiceDeskPorts, "record">,
  body: EventBody,
): Promise<EventRef> {
  const { sequence } = await ports.record(body);
  return { device: deskDevice, sequence };
}

/**
 * Whether a decision belongs to this moment. One that claims to come from later is as bad as an old
 * one: a box whose clock runs ahead must not hold a signature in stock.
 */
export const isFresh = (at: number | undefined, now: number, minutesMax: number): boolean =>
  at !== undefined && Math.abs(now - at) <= minutesMax * 60_000;
