import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { connectAsync } from "mqtt";
import { systemClock } from "#runtime/clock.ts";

const program = "/usr/sbin/mosquitto";
const batchMax = 512;

export interface PlainSubscriber extends AsyncDisposable {
  readonly mqttUrl: string;
  /** Resolves to the seconds from the first message until so many rows are on disk. */
  stored(rows: number): Promise<number>;
}

/**
 * What people build without Tebura: Mosquitto, and a subscriber that writes each message into a row of
 * SQLite, with group commit and `synchronous=FULL` as ours, verifying nothing and answering nobody.
 * Undefined where Mosquitto is not installed.
 */
export async function openPlainSubscriber(folder: string): Promise<PlainSubscriber | undefined> {
  if (!existsSync(program)) return undefined;
  const port = await freePort();
  const broker = await startMosquitto(folder, port);
  const mqttUrl = `mqtt://127.0.0.1:${port}`;
  const client = await connectAsync(mqttUrl);
  const database = new Sqlite(join(folder, "plain.db"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE events (topic TEXT NOT NULL, sealed TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO events VALUES (?, ?)");
  const store = database.transaction((rows: readonly (readonly [string, string])[]) => {
    for (const row of rows) insert.run(...row);
  });
  let waiting: [string, string][] = [];
  let count = 0;
  let firstAt: number | undefined;
  client.on("message", (topic, payload) => {
    firstAt ??= systemClock.monotonic();
    if (waiting.length === 0) setImmediate(flush);
    waiting.push([topic, payload.toString("latin1")]);
  });
  function flush(): void {
    for (let at = 0; at < waiting.length; at += batchMax) store(waiting.slice(at, at + batchMax));
    count += waiting.length;
    waiting = [];
  }
  await client.subscribeAsync("tebura/v1/devices/+/events", { qos: 1 });
  return {
    mqttUrl,
    async stored(rows) {
      while (count < rows) await systemClock.sleep(2, new AbortController().signal);
      return (systemClock.monotonic() - (firstAt ?? 0)) / 1_000;
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync();
      database.close();
      const closed = once(broker, "close");
      broker.kill("SIGTERM");
      await closed;
    },
  };
}

async function startMosquitto(folder: string, port: number): Promise<ChildProcess> {
  const config = join(folder, "mosquitto.conf");
  const settings = ["allow_anonymous true", "persistence false", "max_queued_messages 0"];
  writeFileSync(config, [`listener ${port} 127.0.0.1`, ...settings, ""].join("\n"));
  const broker = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  for await (const chunk of broker.stderr as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes("running")) return broker;
  }
  throw new Error(`mosquitto did not start: ${text}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}
