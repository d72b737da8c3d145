import type { WebSocket } from "ws";
import type * as z from "zod";
import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import type { Service } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import {
  type KioskMessage,
  type KioskPorts,
  type KioskReply,
  kioskRequestSchema,
  type PictureTaker,
  takePin,
} from "./messages.ts";

export const kioskLimits = {
  /** One picture of 640 pixels is about 60 kB; this leaves room for a larger camera. */
  jpegBytesMax: 512 * 1_024,
  framesPerSecondMax: 30,
  /** A page that does not read what it is sent is told no more until it does. */
  unsentBytesMax: 256 * 1_024,
  badMessagesMax: 20,
  statusEveryMs: 2_000,
} as const;

type AskedEnrolment = Extract<z.infer<typeof kioskRequestSchema>, { kind: "enrol" }>;

interface ConnectionPorts {
  readonly ports: KioskPorts;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
}

/** Serves one page until it goes: takes its pictures and wishes, and tells it what happens. */
export function serveKioskPage(socket: WebSocket, { ports, clock, log }: ConnectionPorts): void {
  const gate = rateGate(() => clock.monotonic());
  let badMessages = 0;
  const send = (message: KioskMessage | KioskReply) => {
    if (socket.readyState !== socket.OPEN) return;
    // Boxes are old at once; everything else is small and rare and always goes.
    if (message.kind === "faces" && socket.bufferedAmount > kioskLimits.unsentBytesMax) return;
    socket.send(JSON.stringify(message));
  };
  const refuse = (why: string) => {
    badMessages += 1;
    log("kiosk.message-refused", { reason: why, count: badMessages });
    if (badMessages > kioskLimits.badMessagesMax) socket.close(1_008, why);
  };
  const visit = visitOf({ ports, log, send, refuse });
  const pictures = pictureLane(socket);
  const unsubscribe = ports.subscribe(send, pictures);
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) {
      const pin = takePin(data);
      if (pin) return ports.onPin(pin);
      if (isJpeg(data) && gate()) ports.onFrame(data);
      else refuse("frame");
      // Always acknowledged, so that a page never waits for ever for a picture that was refused.
      send({ kind: "frame-taken" });
      return;
    }
    const request = parseRequest(data);
    if (request?.kind === "enrol") void visit.enrol(request);
    else if (request?.kind === "consents-please") visit.askConsents();
    else if (request?.kind === "withdraw") void visit.withdraw(request.services);
    else if (request?.kind === "enrol-cancel") visit.cancel();
    else if (request?.kind === "card-cancel") ports.onCardCancelled();
    else if (request?.kind === "picture-please") pictures.askedForOne();
    else if (request?.kind === "virtual-card") {
      ports.onVirtualCard(request.place);
      send({ kind: "state", status: ports.status() });
    } else refuse("malformed");
  });
  let told = JSON.stringify(ports.status());
  const statusTimer = setInterval(() => {
    const status = ports.status();
    if (JSON.stringify(status) === told) return;
    told = JSON.stringify(status);
    send({ kind: "state", status });
  }, kioskLimits.statusEveryMs);
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(statusTimer);
    visit.cancel();
    unsubscribe();
    ports.onCardCancelled();
    ports.onPageLeft();
  });
  send({ kind: "state", status: ports.status() });
}

/** What a person does here with patience, one thing at a time: enrolling, or ending their consents. */
function visitOf({
  ports,
  log,
  send,
  refuse,
}: Pick<ConnectionPorts, "ports" | "log"> & {
  send(reply: KioskReply): void;
  refuse(why: string): void;
}) {
  let running: AbortController | undefined;
  /** What this page was shown last: nobody signs words that they have not seen. */
  let shown: ReturnType<KioskPorts["asked"]> = [];
  const during = async (work: (signal: AbortSignal) => Promise<KioskReply>) => {
    if (running) return refuse("busy");
    running = new AbortController();
    try {
      send(await work(running.signal));
    } finally {
      running = undefined;
    }
  };
  return {
    askConsents() {
      shown = ports.asked();
      const consents = shown.map(({ service, name, words }) => ({ service, name, words }));
      send({ kind: "consents", consents });
    },
    enrol: ({ name, consent, services }: AskedEnrolment) =>
      during(async (signal) => {
        const agreed = shown.filter(({ service }) => services?.includes(service));
        const request = { name, consent, ...(agreed.length > 0 ? { agreed } : {}) };
        const result = await safely(() => ports.enrol(request, signal), signal, log);
        return { kind: "enrolled", ...result };
      }),
    withdraw: (services: readonly Service[] | undefined) =>
      during(async (signal) => ({
        kind: "withdrawn",
        ...(await safely(() => ports.withdraw(services, signal), signal, log)),
      })),
    cancel: () => running?.abort(),
  };
}

/** One picture of the box's camera at a time, whenever the page has asked for the next. */
function pictureLane(socket: WebSocket): PictureTaker & { askedForOne(): void } {
  let wantsOne = false;
  return {
    get wantsOne() {
      return wantsOne && socket.bufferedAmount === 0;
    },
    askedForOne() {
      wantsOne = true;
    },
    take(picture) {
      wantsOne = false;
      if (socket.readyState === socket.OPEN) socket.send(picture);
    },
  };
}

async function safely<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  log: Log,
): Promise<Result | { ok: false; code: ErrorCode; message: string }> {
  try {
    return await work();
  } catch (error) {
    const code = errorCodeOf(error) ?? (signal.aborted ? "STOPPED" : "UNREACHABLE");
    log("kiosk.enrolment-failed", { code });
    return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
}

function parseRequest(data: Buffer) {
  try {
    return kioskRequestSchema.parse(JSON.parse(data.toString("utf8")));
  } catch {
    return undefined;
  }
}

function isJpeg(data: Buffer): boolean {
  return data.length > 4 && data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff;
}

/** Answers whether one more is allowed now; a burst of one second's worth is. */
function rateGate(monotonic: () => number): () => boolean {
  let tokens: number = kioskLimits.framesPerSecondMax;
  let last = monotonic();
  return () => {
    const now = monotonic();
    tokens += ((now - last) / 1_000) * kioskLimits.framesPerSecondMax;
    tokens = Math.min(kioskLimits.framesPerSecondMax, tokens);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
