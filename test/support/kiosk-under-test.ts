import type { Service } from "#contract/services.ts";
import { KioskLink } from "#device/kiosk/kiosk-link.ts";
import type {
  EnrolRequest,
  EnrolResult,
  KioskMessage,
  KioskPorts,
  KioskStatus,
  WithdrawResult,
} from "#device/kiosk/messages.ts";
import { type KioskOptions, KioskServer } from "#device/kiosk/server.ts";
import { systemClock } from "#runtime/clock.ts";

/** A kiosk whose appliance is a test: it records what the page asks and says what the test says. */
export class KioskUnderTest implements AsyncDisposable {
  readonly frames: Uint8Array[] = [];
  readonly requests: EnrolRequest[] = [];
  readonly events: string[] = [];
  pagesLeft = 0;
  status: KioskStatus = {
    ...{ service: "bus.boarding", people: 2, source: "streaming", online: true },
    ...{ virtualCard: "none", camera: "page", enrolment: "open", withdrawal: false },
  };
  /** Digits as they came; a real box wipes them. */
  readonly pins: Uint8Array[] = [];
  cardCancellations = 0;
  readonly virtualCard: string[] = [];
  enrol: (signal: AbortSignal) => Promise<EnrolResult> = async () => ({ ok: true, renewed: false });
  withdraw: (signal: AbortSignal) => Promise<WithdrawResult> = async () => ({
    ...{ ok: true, services: 1 },
  });
  readonly withdrawals: (readonly Service[] | undefined)[] = [];
  asked: ReturnType<KioskPorts["asked"]> = [];
  /** What hands frames, decisions and words to the page, as in a real box. */
  readonly link = new KioskLink();
  /** Pages that listen. */
  listeners = 0;
  readonly server: KioskServer;

  constructor(port = 0, mount?: KioskOptions["mount"]) {
    this.server = new KioskServer({
      host: "127.0.0.1",
      ...{ port, mount, clock: systemClock },
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
        asked: () => this.asked,
        withdraw: async (services, signal) => {
          this.withdrawals.push(services);
          return await this.withdraw(signal);
        },
        status: () => this.status,
        onPin: (digits) => this.pins.push(digits),
        onCardCancelled: () => {
          this.cardCancellations += 1;
        },
        onVirtualCard: (place) => this.virtualCard.push(place),
        subscribe: (listener, pictures) => {
          const stop = this.link.subscribe(listener, pictures);
          this.listeners += 1;
          return () => {
            this.listeners -= 1;
            stop();
          };
        },
      },
    });
  }

  say(message: KioskMessage): void {
    this.link.send(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
