const secretBytesMax = 64;
const keys = { enter: [0x0a, 0x0d], erase: [0x08, 0x7f], interrupt: 0x03 };

/**
 * Reads a line from standard input into bytes that nobody else holds, without showing it on a terminal.
 * Ctrl-C there ends the process's work as it does elsewhere. Resolves early at the end of the input.
 */
export async function readSecret(label: string, signal: AbortSignal): Promise<Uint8Array> {
  const { stdin, stderr } = process;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) {
    stderr.write(`${label}: `);
    stdin.setRawMode(true);
  }
  const typed = new Uint8Array(secretBytesMax);
  let length = 0;
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const byte of Buffer.from(chunk)) {
        if (keys.enter.includes(byte)) return typed.slice(0, length);
        if (byte === keys.interrupt && isTerminal) process.kill(process.pid, "SIGINT");
        else if (keys.erase.includes(byte)) length = Math.max(0, length - 1);
        else if (length < secretBytesMax) typed[length++] = byte;
      }
      Buffer.from(chunk).fill(0);
      signal.throwIfAborted();
    }
    return typed.slice(0, length);
  } finally {
    typed.fill(0);
    if (isTerminal) {
      stdin.setRawMode(false);
      stderr.write("\n");
    }
    stdin.pause();
  }
}
