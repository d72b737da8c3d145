import { Worker } from "node:worker_threads";
import { TeburaError } from "#contract/errors.ts";
import type { RgbImage } from "#models/image.ts";
import type { PreparationProgress } from "#models/store.ts";
import { SharedPictures } from "./shared-pictures.ts";
import type {
  PlainError,
  VisionAbout,
  VisionAnswer,
  VisionReply,
  VisionRequest,
  VisionTask,
  VisionThreadOptions,
} from "./vision-protocol.ts";

/** Where the sources run as they are, TypeScript is understood in a thread only once it is registered there. */
const bootstrap = `
const { typescript, entry } = require("node:worker_threads").workerData;
const ready = typescript ? import(typescript).then(({ register }) => register()) : Promise.resolve();
ready.then(() => import(entry));`;

interface Asker {
  resolve(answer: VisionAnswer): void;
  reject(error: Error): void;
}

/** This side of the networks' thread: tasks go over, answers come back. */
export class ThreadLink implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #pictures: SharedPictures;
  readonly #askers = new Map<number, Asker>();
  readonly #exited: Promise<void>;
  #isOpen = true;
  #nextId = 1;

  constructor(options: VisionThreadOptions) {
    const entry = new URL("./vision-thread.ts", import.meta.url).href;
    const typescript = entry.endsWith(".ts") ? import.meta.resolve("tsx/esm/api") : undefined;
    this.#worker = new Worker(bootstrap, {
      ...{ eval: true, execArgv: [] },
      workerData: { options, typescript, entry },
    });
    this.#pictures = new SharedPictures((slot, pixels) =>
      this.#send({ kind: "buffer", slot, pixels }),
    );
    this.#worker.on("error", (error: Error) => this.#failAll(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#failAll(new TeburaError("STOPPED", "the networks' thread has ended"));
        resolve();
      });
    });
  }

  /** Resolves when the networks are open. Rejects with what opening them threw. */
  async opened(onProgress: (progress: PreparationProgress) => void): Promise<VisionAbout> {
    return await new Promise<VisionAbout>((resolve, reject) => {
      this.#worker.on("message", (reply: VisionReply) => {
        if (reply.kind === "progress") onProgress(reply.progress);
        else if (reply.kind === "opened") resolve(reply.about);
        else if (reply.kind === "failed") reject(revived(reply.error));
        else this.#hear(reply);
      });
      this.#worker.once("error", reject);
    });
  }

  /** The answer to a task on a picture. With `isNew` the picture's pixels go over in any case. */
  async ask<Answer extends VisionAnswer>(
    image: RgbImage,
    isNew: boolean,
    taskOn: (picture: VisionTask["picture"]) => VisionTask,
  ): Promise<Answer> {
    if (!this.#isOpen) throw new TeburaError("STOPPED", "the networks were closed");
    const picture = this.#pictures.take(image, isNew);
    try {
      const answer = await new Promise<VisionAnswer>((resolve, reject) => {
        const id = this.#nextId++;
        this.#askers.set(id, { resolve, reject });
        this.#send({ kind: "task", id, task: taskOn(picture) });
      });
      return answer as Answer;
    } finally {
      this.#pictures.release(picture);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) this.#send({ kind: "close" });
    this.#isOpen = false;
    await this.#exited;
    this.#pictures.wipe();
  }

  #send(request: VisionRequest): void {
    this.#worker.postMessage(request);
  }

  #hear(reply: Extract<VisionReply, { readonly id: number }>): void {
    const asker = this.#askers.get(reply.id);
    this.#askers.delete(reply.id);
    if (reply.kind === "done") asker?.resolve(reply.answer);
    else asker?.reject(revived(reply.error));
  }

  #failAll(error: Error): void {
    this.#isOpen = false;
    for (const { reject } of this.#askers.values()) reject(error);
    this.#askers.clear();
  }
}

function revived({ code, message }: PlainError): Error {
  return code ? new TeburaError(code, message) : new Error(message);
}
