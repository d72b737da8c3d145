import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));

/** Of a gateway and its box: whichever are free. */
export const anyPorts = [
  ...["--http-port", "0", "--kiosk-port", "0", "--mqtt-port", "0", "--fleet-port", "0"],
] as const;

/** A command that stays, as a process of its own. */
export class RunningTebura implements AsyncDisposable {
  readonly child: ChildProcess;

  /** `hear` gets what it says beside its first line: its log. */
  constructor(args: readonly string[], hear?: (said: string) => void) {
    this.child = spawn(process.execPath, [tebura, ...args, "--json"], {
      stdio: ["ignore", "pipe", hear ? "pipe" : "ignore"],
    });
    this.child.stderr?.on("data", (chunk: Buffer) => hear?.(chunk.toString()));
  }

  /** The line of JSON that it begins with. */
  async ready<Ready>(): Promise<Ready> {
    let text = "";
    for await (const chunk of this.child.stdout as AsyncIterable<Buffer>) {
      text += chunk.toString();
      if (text.includes("\n")) break;
    }
    return JSON.parse(text);
  }

  /** As Ctrl-C ends it; nothing where it has ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGINT");
    await closed;
  }
}
