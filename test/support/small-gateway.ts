import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Aedes, type AedesOptions } from "aedes";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import { parseEvent } from "#contract/events.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { type Answer, type Receipt, sealAnswer } from "#contract/receipts.ts";
import { unseal } from "#contract/seal.ts";
import { topicOf } from "#contract/topics.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";

const at = 0 as WallMs;

/**
 * A broker with a gateway for one device in it, made of contract functions alone: what it holds is
 * in memory, it remembers every byte that was ever published, and tests decide how it answers.
 */
export class SmallGateway implements AsyncDisposable {
  readonly key = keyOfSeed(2);
  readonly device: DeviceId;
  readonly devicePublicKey: ReturnType<typeof keyOfSeed>["publicKey"];
  /** Every distinct event that was ever seen, by sequence. */
  readonly seen = new Map<number, Set<string>>();
  /** What is held, in order. */
  readonly held: Digest[] = [];
  publishedCount = 0;
  /** Turns the honest answer into what is published; each string is one message. */
  answering: (answer: Answer) => readonly Answer[] = (answer) => [answer];
  #broker: Aedes | undefined;
  #server: Server | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(device: DeviceId, key: ReturnType<typeof keyOfSeed>) {
    this.device = device;
    this.devicePublicKey = key.publicKey;
  }

  async start(options: AedesOptions = {}): Promise<number> {
    const broker = await Aedes.createBroker(options);
    this.#broker = broker;
    broker.on("publish", (packet, client) => {
      if (!client || packet.topic !== topicOf(this.device, "events")) return;
      const sealed = packet.payload.toString("latin1");
      this.#last = this.#last.then(() => this.#take(sealed));
    });
    this.#server = createServer((socket) => broker.handle(socket)).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  receipt(sequence = this.held.length): Receipt {
    const event = this.held[sequence - 1] ?? genesisDigest;
    return { v: 1, device: this.device, sequence, event, index: sequence, entry: event, at };
  }

  async say(answer: Answer, privateKey = this.key.privateKey): Promise<void> {
    const payload = await sealAnswer(answer, privateKey);
    const packet = { cmd: "publish", topic: topicOf(this.device, "receipts"), payload } as const;
    await new Promise<void>((resolve) =>
      this.#broker?.publish({ ...packet, qos: 1, retain: false, dup: false }, () => resolve()),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    const server = this.#server;
    await new Promise<void>((resolve) =>
      this.#broker ? this.#broker.close(() => resolve()) : resolve(),
    );
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #take(sealed: string): Promise<void> {
    this.publishedCount += 1;
    const payload = await unseal("tebura-event+jws", sealed, this.device, this.devicePublicKey);
    const { sequence, previous } = parseEvent(payload);
    const all = this.seen.get(sequence) ?? new Set();
    this.seen.set(sequence, all.add(sealed));
    const event = digestOf(sealed);
    const head = this.held.at(-1) ?? genesisDigest;
    const refuse = (code: string): Answer => {
      const expected = this.held.length + 1;
      return { kind: "refusal", refusal: { v: 1, device: this.device, code, event, expected, at } };
    };
    let answer: Answer;
    if (sequence > this.held.length + 1) answer = refuse("EVENT_SEQUENCE_GAP");
    else if (sequence === this.held.length + 1 && previous !== head) {
      answer = refuse("EVENT_CHAIN_BROKEN");
    } else if (sequence <= this.held.length && this.held[sequence - 1] !== event) {
      answer = refuse("EVENT_SEQUENCE_CONFLICT");
    } else {
      if (sequence === this.held.length + 1) this.held.push(event);
      answer = { kind: "receipt", receipt: this.receipt() };
    }
    for (const said of this.answering(answer)) await this.say(said);
  }
}
