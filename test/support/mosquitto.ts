import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const program = "/usr/sbin/mosquitto";
export const hasMosquitto = existsSync(program);

const open = ["allow_anonymous true"];

/**
 * A real Mosquitto on loopback. Without further settings it is open to everybody: what it lets through is
 * the gateway's to verify.
 */
export async function startMosquitto(
  folder: string,
  port: number,
  access: readonly string[] = open,
): Promise<AsyncDisposable> {
  const config = join(folder, "mosquitto.conf");
  const settings = [...access, "persistence false", "max_queued_messages 0"];
  writeFileSync(config, [`listener ${port} 127.0.0.1`, ...settings, ""].join("\n"));
  const broker = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  const closed = once(broker, "close");
  const ready = new Promise<void>((resolve, reject) => {
    broker.stderr.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4_096);
      if (text.includes("running")) resolve();
    });
    broker.once("close", () => reject(new Error(`mosquitto did not start: ${text}`)));
  });
  await ready;
  return {
    async [Symbol.asyncDispose]() {
      broker.kill("SIGTERM");
      await closed;
    },
  };
}
