/** The WebSocket to the appliance: pictures go out one at a time, messages come in. */

const protocol = "tebura.kiosk.1";
const retryMsMin = 500;
const retryMsMax = 8_000;
const replacedCode = 4_000;

/**
 * @param {{
 *   onMessage: (message: import("../messages.ts").KioskMessage | import("../messages.ts").KioskReply) => void,
 *   onPicture: (picture: ArrayBuffer) => void,
 *   onOpen: () => void,
 *   onClose: (replaced: boolean) => void,
 * }} handlers
 */
export function connect(handlers) {
  /** @type {WebSocket | undefined} */
  let socket;
  let retryMs = retryMsMin;
  /** One picture may be on its way; the next is sent when this one was taken. */
  let waiting = false;

  async function open() {
    try {
      const answer = await fetch("session", { cache: "no-store" });
      if (!answer.ok) throw new Error(`session: ${answer.status}`);
      const { token } = await answer.json();
      const address = new URL("socket", location.href);
      address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      listen(new WebSocket(address, [protocol, token]));
    } catch {
      again();
    }
  }

  /** @param {WebSocket} opened */
  function listen(opened) {
    opened.binaryType = "arraybuffer";
    opened.addEventListener("open", () => {
      socket = opened;
      waiting = false;
      retryMs = retryMsMin;
      handlers.onOpen();
    });
    opened.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") return handlers.onPicture(data);
      const message = JSON.parse(data);
      if (message.kind === "frame-taken") waiting = false;
      else handlers.onMessage(message);
      return undefined;
    });
    opened.addEventListener("close", ({ code }) => {
      socket = undefined;
      handlers.onClose(code === replacedCode);
      if (code !== replacedCode) again();
    });
  }

  function again() {
    setTimeout(open, retryMs);
    retryMs = Math.min(retryMsMax, retryMs * 2);
  }

  void open();
  return {
    reopen: () => void open(),
    /** @param {object} request */
    ask(request) {
      socket?.send(JSON.stringify(request));
    },
    /** @param {Uint8Array} message Sent as it is; the caller wipes it. */
    sendBytes(message) {
      socket?.send(message.slice());
    },
    /** @param {() => Promise<Blob | undefined>} take */
    async sendPicture(take) {
      if (!socket || waiting) return;
      waiting = true;
      const picture = await take();
      if (picture && socket) socket.send(picture);
      else waiting = false;
    },
  };
}
