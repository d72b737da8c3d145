import type { WebSocket } from "ws";
import { errorCodeOf } from "#contract/errors.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import {
  type EnrolRequest,
  type EnrolResult,
  type KioskMessage,
  type KioskPorts,
  type KioskReply,
  kioskRequestSchema,
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

interface ConnectionPorts {
  readonly ports: KioskPorts;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
}

/** Serves one page until it goes: takes its pictures and wishes, and tells it what happens. */
export function serveKioskPage(socket: WebSocket, { ports, clock, log }: ConnectionPorts): void {
  const gate = rateGate(() => clock.monotonic());
  let badMessages = 0;
  let enrolment: AbortController | undefined;
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
  const enrol = async (request: EnrolRequest) => {
    if (enrolment) return refuse("busy");
    enrolment = new AbortController();
    try {
      const result = await enrolSafely(ports, request, enrolment.signal, log);
      send({ kind: "enrolled", ...result });
    } finally {
      enrolment = undefined;
    }
  };
  const unsubscribe = ports.subscribe(send);
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
    if (request?.kind === "enrol") void enrol({ name: request.name, consent: request.consent });
    else if (request?.kind === "enrol-cancel") enrolment?.abort();
    else if (request?.kind === "card-cancel") ports.onCardCancelled();
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
    enrolment?.abort();
    unsubscribe();
    ports.onCardCancelled();
    ports.onPageLeft();
  });
  send({ kind: "state", status: ports.status() });
}

async function enrolSafely(
  ports: KioskPorts,
  request: EnrolRequest,
  signal: AbortSignal,
  log: Log,
): Promise<EnrolResult> {
  try {
    return await ports.enrol(request, signal);
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
