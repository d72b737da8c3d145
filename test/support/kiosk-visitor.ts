import { once } from "node:events";
import { WebSocket } from "ws";

interface Heard {
  readonly kind: string;
  readonly outcome?: string;
  readonly screen?: { readonly step: string; readonly secret?: string };
  readonly ok?: boolean;
  readonly code?: string;
  readonly services?: number;
  readonly status?: object;
  readonly boxes?: readonly object[];
}

/** Somebody before a running box's kiosk: a camera that shows pictures, a card, a finger on the keypad. */
export class KioskVisitor implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly #socket: WebSocket;
  #timer: NodeJS.Timeout | undefined;
  #pictures: readonly Buffer[] = [];
  #shown = 0;

  static async at(kiosk: string): Promise<KioskVisitor> {
    const { host, origin } = new URL(kiosk);
    const { token } = (await (await fetch(`${origin}/session`)).json()) as { token: string };
    const socket = new WebSocket(`ws://${host}/socket`, ["tebura.kiosk.1", token], { origin });
    const visitor = new KioskVisitor(socket);
    await once(socket, "open");
    return visitor;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      if (!isBinary) this.heard.push(JSON.parse(String(data)));
    });
  }

  /** Shows these pictures over and over, a few a second; none stops. */
  show(pictures: readonly Buffer[], everyMs = 350): void {
    clearInterval(this.#timer);
    this.#pictures = pictures;
    if (pictures.length === 0) return;
    this.#timer = setInterval(() => {
      this.#socket.send(this.#pictures[this.#shown % this.#pictures.length]!);
      this.#shown += 1;
    }, everyMs);
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  enterPin(pin: string): void {
    this.#socket.send(Buffer.from(`P${pin}`));
  }

  enterPassword(password: string): void {
    this.#socket.send(Buffer.from(`W${password}`));
  }

  /** Puts the trial card down when it is asked for, and types its PIN. */
  async useCard(pin: string): Promise<void> {
    await this.until(({ screen }) => screen?.step === "touch");
    this.say({ kind: "virtual-card", place: "down" });
    await this.until(({ screen }) => screen?.step === "pin");
    this.enterPin(pin);
  }

  /** The next message that fits, from now on or heard since `from`. */
  async until(fits: (message: Heard) => boolean, timeoutMs = 90_000): Promise<Heard> {
    const patience = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const at = this.heard.findIndex(fits);
      const [found] = at < 0 ? [] : this.heard.splice(0, at + 1).slice(-1);
      if (found) return found;
      await once(this.#socket, "message", { signal: patience }).catch(() => {
        const last = this.heard.filter(({ kind }) => kind !== "faces").slice(-8);
        throw new Error(`the kiosk said nothing that fits; last: ${JSON.stringify(last)}`);
      });
    }
  }

  /** What the door says of whoever stands there from now on. */
  async outcome(timeoutMs = 60_000): Promise<string | undefined> {
    this.heard.length = 0;
    return (await this.until(({ kind }) => kind === "decision", timeoutMs)).outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.terminate();
  }
}
