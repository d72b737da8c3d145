import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { connectAsync } from "mqtt";
import { systemClock } from "#runtime/clock.ts";
import { freePort } from "#test/support/free-port.ts";
import { hasMosquitto, startMosquitto } from "#test/support/mosquitto.ts";

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
  if (!hasMosquitto) return undefined;
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
      await broker[Symbol.asyncDispose]();
    },
  };
}
