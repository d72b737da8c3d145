import { connect, type Socket } from "node:net";
import { TeburaError } from "#contract/errors.ts";
import { type VirtualCard, virtualAtr } from "./virtual-card.ts";

/** Where Debian's virtual reader waits for the card of its first slot. */
export const vpcdPort = 35_963;

/** What the reader says in a message of one byte. */
const control = { powerOff: 0, powerOn: 1, reset: 2, atr: 4 } as const;

/** A card that lies in a slot of the virtual reader. */
export interface InsertedCard extends AsyncDisposable {
  /** Aborts when the reader lets go of the card, or the card was taken out. */
  readonly gone: AbortSignal;
}

/**
 * Puts a card into a slot of the virtual reader (vpcd) of a PC/SC daemon on this machine, until it is
 * disposed of. Messages are two bytes of length, big-endian, and as many bytes. A card that answers
 * nothing has been torn away, so the slot is left. Throws CARD_READER_MISSING where no such reader waits.
 */
export async function insertIntoVpcd(
  card: VirtualCard,
  { port = vpcdPort, host = "127.0.0.1" }: { readonly port?: number; readonly host?: string } = {},
): Promise<InsertedCard> {
  const socket = await connected(port, host);
  const gone = new AbortController();
  const served = serve(card, socket).finally(() => {
    socket.destroy();
    card.reset();
    gone.abort();
  });
  return {
    gone: gone.signal,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await served;
    },
  };
}

async function serve(card: VirtualCard, socket: Socket): Promise<void> {
  try {
    for await (const message of messagesOf(socket)) {
      const answer = await answerTo(card, message);
      if (answer?.length === 0) return;
      if (answer) socket.write(framed(answer));
    }
  } catch {
    // The reader went away in the middle of a message: `gone` says so, and nobody is left to tell.
  }
}

/** Undefined where the reader expects no answer, empty where the card is not there any more. */
async function answerTo(card: VirtualCard, message: Uint8Array): Promise<Uint8Array | undefined> {
  if (message.length !== 1) return await card.transmit(message);
  if (message[0] === control.atr) return virtualAtr;
  card.reset(); // Power off, power on and reset all end what was verified.
  return undefined;
}

function framed(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Two bytes of length bound a message, so what is kept here is at most that and one chunk. */
async function* messagesOf(socket: Socket): AsyncGenerator<Uint8Array> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of socket) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2) {
      const end = 2 + waiting.readUInt16BE(0);
      if (waiting.length < end) break;
      const message = waiting.subarray(2, end);
      waiting = waiting.subarray(end);
      if (message.length > 0) yield message;
    }
  }
}

async function connected(port: number, host: string): Promise<Socket> {
  const socket = connect({ port, host, noDelay: true });
  return await new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause) => {
      const what = `no virtual reader waits on ${host}:${port}; are pcscd and vsmartcard-vpcd there?`;
      reject(new TeburaError("CARD_READER_MISSING", what, { cause }));
    });
  });
}
