import type {
  EnrolRequest,
  EnrolResult,
  KioskMessage,
  KioskStatus,
} from "#device/kiosk/messages.ts";
import { KioskServer } from "#device/kiosk/server.ts";
import { systemClock } from "#runtime/clock.ts";

/** A kiosk whose appliance is a test: it records what the page asks and says what the test says. */
export class KioskUnderTest implements AsyncDisposable {
  readonly frames: Uint8Array[] = [];
  readonly requests: EnrolRequest[] = [];
  readonly events: string[] = [];
  pagesLeft = 0;
  status: KioskStatus = {
    ...{ service: "bus.boarding", people: 2, source: "streaming", online: true },
    virtualCard: "none",
  };
  /** Digits as they came; a real box wipes them. */
  readonly pins: Uint8Array[] = [];
  cardCancellations = 0;
  readonly virtualCard: string[] = [];
  enrol: (signal: AbortSignal) => Promise<EnrolResult> = async () => ({ ok: true });
  readonly #listeners = new Set<(message: KioskMessage) => void>();
  readonly server: KioskServer;

  constructor(port = 0) {
    this.server = new KioskServer({
      host: "127.0.0.1",
      port,
      clock: systemClock,
      log: (event) => this.events.push(event),
      ports: {
        onFrame: (jpeg) => this.frames.push(jpeg),
        onPageLeft: () => {
          this.pagesLeft += 1;
        },
        enrol: async (request, signal) => {
          this.requests.push(request);
          return await this.enrol(signal);
        },
        status: () => this.status,
        onPin: (digits) => this.pins.push(digits),
        onCardCancelled: () => {
          this.cardCancellations += 1;
        },
        onVirtualCard: (place) => this.virtualCard.push(place),
        subscribe: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
    });
  }

  say(message: KioskMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
