import type { DownChannel } from "#contract/topics.ts";

/** What a link tells the uplink. It waits for what each returns before it tells the next thing. */
export interface LinkListener {
  /** Connected, and subscribed to what the gateway sends. */
  onUp(): Promise<void>;
  onDown(): void;
  onMessage(channel: DownChannel, payload: Uint8Array): Promise<void>;
}

/**
 * A connection to the gateway's broker that comes back by itself. Whatever is published through it
 * may be lost or arrive twice; the uplink's own resending makes up for that.
 */
export interface Link extends AsyncDisposable {
  readonly isUp: boolean;
  /** Begins to connect and returns without waiting for it. */
  start(listener: LinkListener): Promise<void>;
  /** An event with its evidence beside it (contract/event-message.ts). */
  publishEvent(message: string): void;
  publishHealth(sealed: string): void;
  publishGalleryReport(sealed: string): void;
  publishHandover(sealed: string): void;
  /** Drops what the broker has not acknowledged: it is published anew from the outbox. */
  abandon(): void;
  /** The connection proved good: after the next break, connect again soon. */
  endBackOff(): void;
}
