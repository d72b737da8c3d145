import type {
  CardInterface as Card,
  ContextInterface as Context,
  MonitorEvent,
  ReaderMonitorInterface as ReaderMonitor,
} from "smartcard";
import { TeburaError } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { CardReaders, PresentedCard } from "./card.ts";

type Binding = typeof import("smartcard");
type Listener = (card: PresentedCard) => Promise<void>;

interface PcscPorts {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
}

/** A daemon that was restarted is found again within this time. */
const retryMs = 2_000;
/** Another program may hold a fresh card for a moment, to look what it is. */
const connectAttempts = 10;
const connectAgainMs = 200;
/** A daemon that is stuck must not keep the box from ending. */
const stuckAfterMs = 5_000;
/** The daemon looks at its readers more often than this. */
const noticedWithinMs = 1_500;
/** A card's answer: 256 bytes of data, the status, and room for readers that add to it. */
const answerBytesMax = 4_096;

/**
 * The box's real readers, through the PC/SC daemon. Cards are spoken to exclusively and reset
 * afterwards: the binding knows no transactions, and with shared access another program could sign on
 * a PIN that was verified here. Readers, cards and the daemon itself may vanish and return at any time.
 */
export class PcscReaders implements CardReaders {
  readonly isVirtual = false;
  readonly #binding: Binding;
  readonly #ports: PcscPorts;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  /** Readers that are there, each with the card that lies on it. */
  readonly #readers = new Map<string, AbortController | undefined>();
  #listener: Listener | undefined;
  #served: Promise<void> = Promise.resolve();

  constructor(binding: Binding, ports: PcscPorts) {
    this.#binding = binding;
    this.#ports = ports;
    this.#watching = this.#watch();
  }

  get names(): readonly string[] {
    return [...this.#readers.keys()];
  }

  onCard(listener: Listener): () => void {
    this.#listener = listener;
    for (const [reader, gone] of this.#readers) if (gone) this.#present(reader, gone);
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#listener = undefined;
    this.#forgetAll();
    const isOver = new AbortController();
    const over = Promise.all([this.#watching, this.#served]).finally(() => isOver.abort());
    const stuck = this.#ports.clock.sleep(stuckAfterMs, isOver.signal).catch(() => undefined);
    await Promise.race([over, stuck]);
  }

  /** Follows the daemon's events; when they end, because it went away, begins again. */
  async #watch(): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#stop;
    let wasThere = true;
    while (!signal.aborted) {
      const monitor = new this.#binding.ReaderMonitor();
      try {
        const over = this.#follow(monitor);
        wasThere = true;
        await over;
      } catch {
        if (wasThere) log("cards.daemon-missing");
        wasThere = false;
      } finally {
        monitor.stop();
      }
      this.#forgetAll();
      await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }

  /** Resolves when the daemon has gone or we are to stop. Throws when there is no daemon. */
  #follow(monitor: ReaderMonitor): Promise<void> {
    return new Promise((resolve) => {
      this.#stop.signal.addEventListener("abort", () => resolve(), { once: true });
      monitor.start((event) => {
        if (event.type === "error") resolve();
        else this.#note(event);
      });
    });
  }

  #note({ type, reader, state }: MonitorEvent): void {
    const { log } = this.#ports;
    const known = this.#readers.get(reader);
    const isDown = (state & this.#binding.SCARD_STATE_PRESENT) !== 0;
    if (type === "reader-detached") {
      known?.abort();
      this.#readers.delete(reader);
      log("cards.reader-gone", { reader });
    } else if (type === "card-removed") {
      known?.abort();
      this.#readers.set(reader, undefined);
    } else if (type === "reader-attached" || type === "card-inserted") {
      if (type === "reader-attached") log("cards.reader-found", { reader });
      known?.abort();
      const gone = type === "card-inserted" || isDown ? new AbortController() : undefined;
      this.#readers.set(reader, gone);
      if (gone) this.#present(reader, gone);
    }
  }

  #forgetAll(): void {
    for (const gone of this.#readers.values()) gone?.abort();
    this.#readers.clear();
  }

  /** One card at a time, whatever the number of readers: one person stands at the screen. */
  #present(reader: string, gone: AbortController): void {
    this.#served = this.#served.then(async () => {
      const listener = this.#listener;
      if (!listener || gone.signal.aborted) return;
      try {
        await this.#converse(reader, gone, listener);
      } catch (error) {
        const reason = error instanceof TeburaError ? error.code : "UNEXPECTED";
        this.#ports.log("cards.failed", { reader, code: reason });
      }
    });
  }

  async #converse(reader: string, gone: AbortController, listener: Listener): Promise<void> {
    const context = new this.#binding.Context();
    try {
      const card = await this.#connect(context, reader, gone.signal);
      if (!card) return;
      try {
        await listener({
          ...{ reader, isVirtual: false, gone: gone.signal },
          transmit: (command) => transmit(card, command, gone.signal),
        });
      } finally {
        await this.#letGo(card, gone.signal);
      }
    } finally {
      quietly(() => context.close());
    }
  }

  /**
   * Resets the card, which ends what was verified, without the event loop having to wait for it; a card
   * that was taken away has forgotten by itself.
   */
  async #letGo(card: Card, gone: AbortSignal): Promise<void> {
    const b = this.#binding;
    const protocols = b.SCARD_PROTOCOL_T0 | b.SCARD_PROTOCOL_T1;
    try {
      await card.reconnect(b.SCARD_SHARE_EXCLUSIVE, protocols, b.SCARD_RESET_CARD);
      quietly(() => card.disconnect(b.SCARD_LEAVE_CARD));
    } catch {
      // Most likely it is gone, and the daemon will have said so within its next look at the reader.
      await this.#ports.clock.sleep(noticedWithinMs, gone).catch(() => undefined);
      quietly(() => card.disconnect(gone.aborted ? b.SCARD_LEAVE_CARD : b.SCARD_RESET_CARD));
    }
  }

  /** Undefined when the card went away, or another program would not let go of it. */
  async #connect(context: Context, name: string, gone: AbortSignal): Promise<Card | undefined> {
    const { SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 } = this.#binding;
    for (let attempt = 1; !gone.aborted; attempt++) {
      try {
        const reader = context.listReaders().find((one) => one.name === name);
        return await reader?.connect(SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
      } catch {
        if (attempt === connectAttempts) {
          this.#ports.log("cards.held-by-another", { reader: name });
          return undefined;
        }
        await this.#ports.clock.sleep(connectAgainMs, gone).catch(() => undefined);
      }
    }
    return undefined;
  }
}

/** Throws CARD_GONE whatever the daemon calls it: the card, the reader or the daemon went away. */
async function transmit(card: Card, command: Uint8Array, gone: AbortSignal): Promise<Uint8Array> {
  const bytes = Buffer.from(command); // The binding wants a Buffer, which is wiped as the command is.
  try {
    if (!gone.aborted) {
      const answer = await card.transmit(bytes, { maxRecvLength: answerBytesMax });
      if (answer.length >= 2) return answer;
    }
  } catch {
    // Told below: what the daemon says differs from reader to reader.
  } finally {
    bytes.fill(0);
  }
  throw new TeburaError("CARD_GONE", "the card was taken away");
}

/** What is gone already need not be let go of. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The card, the reader or the daemon is not there any more.
  }
}

/**
 * The readers of this machine. Without the binding (it is an optional part, and needs the daemon's
 * headers to be built) there are none, and the log says why.
 */
export async function openPcscReaders(ports: PcscPorts): Promise<PcscReaders | undefined> {
  try {
    return new PcscReaders(await import("smartcard"), ports);
  } catch {
    ports.log("cards.binding-missing");
    return undefined;
  }
}
